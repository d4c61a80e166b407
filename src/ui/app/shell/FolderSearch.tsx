import { type FormEvent, useState } from 'react'
import { connectorOf } from '../hooks/usePageKeys.js'
import { LONGEST_SEARCH } from '../parts/SearchField.js'
import type { PageProps } from '../view.js'

/** Finds folders by a part of their path, from any page. */
export function FolderSearch({ view, onView }: PageProps) {
  const [text, setText] = useState('')
  const find = (event: FormEvent) => {
    event.preventDefault()
    if (text.trim() === '') return
    onView({ page: 'folders', params: { ...connectorOf(view), search: text.trim() } })
    setText('')
  }
  return (
    <search>
      <form className="find" onSubmit={find}>
        <input
          type="search"
          data-search
          aria-label="Search folders"
          placeholder="search folders"
          maxLength={LONGEST_SEARCH}
          value={text}
          onChange={event => setText(event.target.value)}
          onKeyDown={event => event.key === 'Escape' && event.currentTarget.blur()}
        />
        <span className="hint-key" aria-hidden="true">
          /
        </span>
      </form>
    </search>
  )
}
