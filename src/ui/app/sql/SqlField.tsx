import { useEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import type { TextPlace } from './faultPlace.js'
import type { SqlEditor, SqlNames } from './openSqlEditor.js'

interface SqlFieldProps {
  /** What the plain field shows, and the editor begins with; later texts are for the editor's `setText`. */
  readonly text: string
  readonly onText: (text: string) => void
  /** Ctrl-Enter, or Cmd-Enter. */
  readonly onRun: () => void
  /** Views and their columns, which are completed. */
  readonly names: SqlNames
  /** Where the last run found fault with the text. */
  readonly fault: TextPlace | undefined
  /** Told the editor once it is there. */
  readonly onEditor: (editor: SqlEditor | undefined) => void
}

/** Where SQL is written: at first a plain field, in which one can write at once, then CodeMirror in its place. */
export function SqlField({ text, onText, onRun, names, fault, onEditor }: SqlFieldProps) {
  const host = useRef<HTMLDivElement>(null)
  const plain = useRef<HTMLTextAreaElement>(null)
  const [editor, setEditor] = useState<SqlEditor>()
  const latest = useRef({ text, onText, onRun })
  useEffect(() => {
    latest.current = { text, onText, onRun }
  })

  useEffect(() => {
    let opened: SqlEditor | undefined
    let isGone = false
    import('./openSqlEditor.js').then(
      ({ openSqlEditor }) => {
        if (isGone || !host.current) return
        opened = openSqlEditor(host.current, {
          text: latest.current.text,
          label: 'SQL',
          onChange: text => latest.current.onText(text),
          onRun: () => latest.current.onRun(),
        })
        const field = plain.current
        const cursor = field && field === document.activeElement ? field.selectionStart : undefined
        flushSync(() => setEditor(opened))
        if (cursor !== undefined) opened.focus(cursor)
      },
      () => {}, // the plain field stays
    )
    return () => {
      isGone = true
      opened?.close()
      setEditor(undefined)
    }
  }, [])

  useEffect(() => {
    onEditor(editor)
    return () => onEditor(undefined)
  }, [editor, onEditor])
  useEffect(() => editor?.setNames(names), [editor, names])
  useEffect(() => editor?.mark(fault), [editor, fault])

  return (
    <div className="sql-field">
      {!editor && (
        <textarea
          ref={plain}
          aria-label="SQL"
          spellCheck={false}
          rows={7}
          value={text}
          onChange={event => onText(event.target.value)}
          onKeyDown={event => {
            if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
            event.preventDefault()
            onRun()
          }}
        />
      )}
      <div ref={host} hidden={!editor} data-typing />
    </div>
  )
}
