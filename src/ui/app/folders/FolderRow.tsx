import type { CSSProperties } from 'react'
import type { Folder } from '../../../api/folders.js'
import { formatBytes, formatCount } from '../../../output/quantities.js'
import { Amount } from '../parts/Amount.js'
import { ChangeMark } from '../parts/ChangeMark.js'
import { valueText } from '../parts/valueText.js'
import { CollectionMark } from './CollectionMark.js'
import { FolderName } from './FolderName.js'
import { type FolderSort, lastName } from './folderPlace.js'
import { indentBy, MOST_INDENTED } from './indent.js'
import { canSelect } from './selection.js'
import type { FolderTreeRow } from './treeRows.js'

/** Where a row is, and whether keys act on it. */
export interface RowPlace {
  readonly id: string
  /** From 1, the heads' row included. */
  readonly rowIndex: number
  readonly style: CSSProperties
  readonly isActive: boolean
  /** Makes it the active one. */
  readonly onTouch: () => void
}

export interface FolderRowProps {
  readonly row: FolderTreeRow
  readonly place: RowPlace
  readonly sort: FolderSort
  /** Whether it says where it lies, as it was found there. */
  readonly isFound: boolean
  /** Whether the page is about it. */
  readonly isShown: boolean
  readonly isSelected: boolean
  readonly onOpen: (path: string, isOpen: boolean) => void
  readonly onSelect: (folder: Folder) => void
  readonly onGo: (folder: Folder) => void
}

export function FolderRow(props: FolderRowProps) {
  const { row, place, sort, isFound, isShown, isSelected, onOpen, onSelect, onGo } = props
  const { folder, level, isOpen } = row
  const isRoot = folder.path === ''
  return (
    <tr
      id={place.id}
      className={`tree-row${place.isActive ? ' is-active' : ''}${isShown ? ' is-shown' : ''}${folder.change === 'deleted' ? ' is-gone' : ''}`}
      style={place.style}
      aria-rowindex={place.rowIndex}
      aria-level={level}
      aria-posinset={row.position}
      aria-setsize={row.setSize}
      aria-expanded={isOpen}
      aria-selected={isSelected}
      aria-current={isShown ? 'location' : undefined}
      onClick={place.onTouch}
    >
      <td className="tree-name" style={indentBy(level - 2)}>
        {level > MOST_INDENTED && (
          <small className="tree-level" aria-hidden="true">
            {level - 1}
          </small>
        )}
        <input
          type="checkbox"
          tabIndex={-1}
          checked={isSelected}
          disabled={!canSelect(folder)}
          aria-label={`Select ${folder.path || 'the whole bucket'}`}
          onChange={() => onSelect(folder)}
        />
        {isOpen === undefined || isRoot ? (
          <span className="twisty" />
        ) : (
          <button
            type="button"
            className="twisty"
            tabIndex={-1}
            aria-label={`${isOpen ? 'Close' : 'Open'} ${folder.path}`}
            onClick={() => onOpen(folder.path, !isOpen)}
          >
            {isOpen ? '▾' : '▸'}
          </button>
        )}
        <button
          type="button"
          className="tree-link"
          tabIndex={-1}
          title={valueText(folder.path)}
          onClick={() => onGo(folder)}
        >
          {isRoot ? 'all folders' : <FolderName name={lastName(folder.path)} />}
          {isFound && (
            <small className="soft">{folder.parent === '' ? 'in the root' : <FolderName name={folder.parent} />}</small>
          )}
        </button>
        {folder.change === 'new' && <span className="folder-mark is-new">new</span>}
        {folder.change === 'deleted' && <span className="folder-mark is-gone">deleted</span>}
        <CollectionMark guids={folder.collections} />
      </td>
      <td className="amount">{formatBytes(folder.total_size_bytes)}</td>
      <td className="amount tree-objects">{formatCount(folder.object_count)}</td>
      <td className="amount">
        <ChangeMark
          newCount={folder.new_count}
          modifiedCount={folder.modified_count}
          deletedCount={folder.deleted_count}
        />
      </td>
      <td className="amount">
        {sort === 'modified' ? (
          folder.last_modified?.slice(0, 10)
        ) : (
          <Amount value={folder.size_change || null} kind="bytes" isChange none="" />
        )}
      </td>
    </tr>
  )
}
