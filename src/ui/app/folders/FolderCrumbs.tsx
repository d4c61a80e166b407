import { useState } from 'react'
import type { Folder } from '../../../api/folders.js'
import { countText, formatBytes, formatCount } from '../../../output/quantities.js'
import { foldWay } from '../parts/foldWay.js'
import { FolderName } from './FolderName.js'
import { foldersAbove, lastName } from './folderPlace.js'

export interface FolderCrumbsProps {
  readonly path: string
  /** Where it is known. */
  readonly folder: Folder | undefined
  readonly onGo: (path: string) => void
}

/** Where a folder lies: each one above it leads out. Of many, those in the middle are shown to who asks. */
export function FolderCrumbs({ path, folder, onGo }: FolderCrumbsProps) {
  const [unfolded, setUnfolded] = useState<string>()
  const isWhole = unfolded === path
  const { first, folded, last } = foldWay(foldersAbove(path), isWhole)
  const crumb = (each: string) => (
    <li key={each}>
      <button type="button" className="link" onClick={() => onGo(each)}>
        {each === '' ? 'all folders' : <FolderName name={lastName(each)} />}
      </button>
    </li>
  )
  return (
    <nav className="folder-crumbs" aria-label="Folders above">
      <ol className={isWhole ? 'is-whole' : undefined}>
        {first.map(crumb)}
        {folded.length > 0 && (
          <li key="folded">
            <button type="button" className="link" title="Show them" onClick={() => setUnfolded(path)}>
              {formatCount(folded.length)} more
            </button>
          </li>
        )}
        {last.map(crumb)}
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
