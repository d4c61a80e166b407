import type { Folder } from '../../../api/folders.js'
import { countText, formatBytes } from '../../../output/quantities.js'
import { FolderName } from './FolderName.js'
import { foldersAbove, lastName } from './folderPlace.js'

export interface FolderCrumbsProps {
  readonly path: string
  /** Where it is known. */
  readonly folder: Folder | undefined
  readonly onGo: (path: string) => void
}

/** Where a folder lies: each one above it leads out. */
export function FolderCrumbs({ path, folder, onGo }: FolderCrumbsProps) {
  return (
    <nav className="folder-crumbs" aria-label="Folders above">
      <ol>
        {foldersAbove(path).map(above => (
          <li key={above}>
            <button type="button" className="link" onClick={() => onGo(above)}>
              {above === '' ? 'all folders' : <FolderName name={lastName(above)} />}
            </button>
          </li>
        ))}
        <li aria-current="location">
          <b>{path === '' ? 'all folders' : <FolderName name={lastName(path)} />}</b>
        </li>
      </ol>
      {folder && (
        <span className="soft">
          {formatBytes(folder.total_size_bytes)} · {countText(folder.object_count, 'object')}
        </span>
      )}
    </nav>
  )
}
