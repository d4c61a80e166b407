import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { PostgreSQL, sql } from '@codemirror/lang-sql'
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { Compartment, EditorState, StateEffect, StateField } from '@codemirror/state'
import { Decoration, drawSelection, EditorView, highlightSpecialChars, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import type { TextPlace } from './faultPlace.js'

// This file brings CodeMirror with it: it is loaded when an editor is first needed.

export interface SqlEditorOptions {
  readonly text: string
  readonly label: string
  readonly onChange: (text: string) => void
  /** Ctrl-Enter, or Cmd-Enter. */
  readonly onRun: () => void
}

/** Views by name, with the names of their columns. */
export type SqlNames = Readonly<Record<string, readonly string[]>>

export interface SqlEditor {
  setText(text: string): void
  /** Puts it where the cursor is. */
  insert(text: string): void
  /** What is completed. */
  setNames(names: SqlNames): void
  /** Marks a place until the text is changed. */
  mark(place: TextPlace | undefined): void
  /** @param cursor where it goes, counted from the start of the text; as it was unless told */
  focus(cursor?: number): void
  close(): void
}

/**
 * Opens an editor for SQL in an element that has none.
 *
 * It lives in a shadow root: there CodeMirror's styles are adopted style sheets, which the page's policy has nothing
 * against; in the page itself they would be a `<style>`, which it refuses.
 */
export function openSqlEditor(host: HTMLElement, options: SqlEditorOptions): SqlEditor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' })
  const language = new Compartment()
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        keymap.of([
          { key: 'Mod-Enter', run: () => ran(options), preventDefault: true },
          ...closeBracketsKeymap,
          ...completionKeymap,
          ...historyKeymap,
          ...defaultKeymap,
        ]),
        [lineNumbers(), highlightSpecialChars(), history(), drawSelection(), bracketMatching(), closeBrackets()],
        autocompletion(),
        replaceMarked,
        syntaxHighlighting(COLORS),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': options.label, spellcheck: 'false', autocapitalize: 'off' }),
        EditorView.updateListener.of(update => update.docChanged && options.onChange(update.state.doc.toString())),
        LOOKS,
        marked,
        language.of(languageOf({})),
      ],
    }),
  })
  return {
    setText: text => {
      if (text === view.state.doc.toString()) return
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert: text },
        selection: { anchor: text.length },
      })
    },
    insert: text => {
      view.dispatch(view.state.replaceSelection(text))
      view.focus()
    },
    setNames: names => view.dispatch({ effects: language.reconfigure(languageOf(names)) }),
    mark: place => view.dispatch({ effects: setMark.of(place) }),
    focus: cursor => {
      if (cursor !== undefined) view.dispatch({ selection: { anchor: Math.min(cursor, view.state.doc.length) } })
      view.focus()
    },
    close: () => view.destroy(),
  }
}

function ran({ onRun }: SqlEditorOptions): true {
  onRun()
  return true
}

/**
 * A letter that is typed over marked text is put in by CodeMirror. Chromium would do it with a `style` attribute, for a moment,
 * which the page's policy refuses and complains of.
 */
const replaceMarked = EditorView.domEventHandlers({
  beforeinput: (event, view) => {
    const { data, inputType } = event
    const { main, ranges } = view.state.selection
    if (inputType !== 'insertText' || data === null || view.composing || main.empty || ranges.length > 1) return false
    const insert = () =>
      view.state.update(view.state.replaceSelection(data), { userEvent: 'input.type', scrollIntoView: true })
    const others = view.state.facet(EditorView.inputHandler) // brackets go around what is marked
    if (!others.some(handle => handle(view, main.from, main.to, data, insert))) view.dispatch(insert())
    event.preventDefault()
    return true
  },
})

/** Of what CodeMirror knows, PostgreSQL's is nearest to DuckDB's. */
const languageOf = (names: SqlNames) =>
  sql({ dialect: PostgreSQL, schema: names as Record<string, string[]>, upperCaseKeywords: false })

const setMark = StateEffect.define<TextPlace | undefined>()
const FAULT = Decoration.mark({ class: 'fault' })

const marked = StateField.define({
  create: () => Decoration.none,
  update: (marks, transaction) => {
    const effect = transaction.effects.find(each => each.is(setMark))
    if (!effect) return transaction.docChanged ? Decoration.none : marks
    const place = effect.value as TextPlace | undefined
    const isThere = place !== undefined && place.from < place.to && place.to <= transaction.newDoc.length
    return isThere ? Decoration.set(FAULT.range(place.from, place.to)) : Decoration.none
  },
  provide: field => EditorView.decorations.from(field),
})

// Colours are the page's own, for both themes; custom properties reach into the shadow root.
const LOOKS = EditorView.theme({
  '&': { color: 'var(--ink)', backgroundColor: 'var(--paper)', fontSize: '13.5px' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-1px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5' },
  '.cm-content': { minHeight: '9em', padding: '8px 0', caretColor: 'var(--ink)' },
  '.cm-gutters': { color: 'var(--soft)', backgroundColor: 'var(--paper)', border: 'none' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'var(--selection)',
  },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--selection)', outline: 'none' },
  '.fault': { textDecoration: 'underline wavy var(--error)', textUnderlineOffset: '3px' },
  '.cm-tooltip': { color: 'var(--ink)', backgroundColor: 'var(--paper)', border: '1px solid var(--line)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { color: 'var(--ink)', backgroundColor: 'var(--selection)' },
})

const COLORS = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--accent)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--code-number)' },
  { tag: tags.comment, color: 'var(--soft)', fontStyle: 'italic' },
])
