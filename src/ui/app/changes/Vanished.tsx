import type { ChangeSummary } from '../../../api/changes.js'
import { countText, formatBytes, formatCount } from '../../../output/quantities.js'
import { escapeControls } from '../../../output/terminal.js'

interface VanishedProps {
  readonly folders: ChangeSummary['vanished']
  readonly onPrefix: (prefix: string) => void
}

const MOST_SHOWN = 5

/** Folders that lost some of their objects, and not all: what a person would want to be told. */
export function Vanished({ folders, onPrefix }: VanishedProps) {
  if (folders.length === 0) return null
  return (
    <section aria-label="Vanished" className="vanished">
      <ul>
        {folders.slice(0, MOST_SHOWN).map(({ path, deleted_count, deleted_size_bytes, remaining_count }) => (
          <li key={path}>
            <span className="warn">{countText(deleted_count, 'file')} vanished from </span>
            <button type="button" className="plain link" onClick={() => onPrefix(path)}>
              {path === '' ? 'the root' : escapeControls(path)}
            </button>
            <span className="soft">
              {' '}
              ({formatBytes(deleted_size_bytes)}; {formatCount(remaining_count)} are left)
            </span>
          </li>
        ))}
      </ul>
      {folders.length > MOST_SHOWN && (
        <p className="soft">and from {countText(folders.length - MOST_SHOWN, 'other folder')}</p>
      )}
    </section>
  )
}
