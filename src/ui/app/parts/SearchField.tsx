import { type KeyboardEvent, useEffect, useEffectEvent, useRef, useState } from 'react'
import './searchField.css'

export interface SearchFieldProps {
  /** What is searched: `Search folders`. */
  readonly label: string
  readonly search: string
  /** After a pause in typing. */
  readonly onSearch: (search: string) => void
  /** Enter: on to what was found. */
  readonly onDone?: () => void
}

const PAUSE_MS = 200
/** As the API has it. */
export const LONGEST_SEARCH = 200

/** A page's own search, which the server does as the text is typed; `/` leads to it. */
export function SearchField({ label, search, onSearch, onDone }: SearchFieldProps) {
  const [text, setText] = useState(search)
  const told = useRef(search)
  useEffect(() => {
    if (search !== told.current) setText(search) // somebody else's, as the header's; our own may be behind what is typed
    told.current = search
  }, [search])
  const tell = useEffectEvent((next: string) => {
    told.current = next
    onSearch(next)
  })
  useEffect(() => {
    if (text === told.current) return
    const timer = setTimeout(() => tell(text), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text])

  function handleKey(event: KeyboardEvent<HTMLInputElement>) {
    if (event.key === 'Enter') onDone?.()
    else if (event.key !== 'Escape') return
    else if (text === '') event.currentTarget.blur()
    else setText('')
    event.preventDefault()
  }

  return (
    <input
      type="search"
      data-search
      className="search-field"
      placeholder={label.toLowerCase()}
      aria-label={label}
      maxLength={LONGEST_SEARCH}
      value={text}
      onChange={event => setText(event.target.value)}
      onKeyDown={handleKey}
    />
  )
}
