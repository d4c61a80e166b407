import { useRef, useState } from 'react'
import type { Folder } from '../../../api/folders.js'
import type { ShownSnapshot } from '../../../api/shapes.js'
import { formatCount } from '../../../output/quantities.js'
import { useCanOperate } from '../hooks/useSession.js'
import { FolderMap } from './FolderMap.js'
import { FolderTools } from './FolderTools.js'
import { FolderTree } from './FolderTree.js'
import type { FolderPlace, GoTo } from './folderPlace.js'
import { MappingDialog } from './MappingDialog.js'
import { treeTop } from './openFolders.js'
import { SelectionBar } from './SelectionBar.js'
import type { Selection } from './selection.js'
import { planFoundRows, planTreeRows } from './treeRows.js'
import { useFolderTree } from './useFolderTree.js'
import { useOpenFolders } from './useOpenFolders.js'

export interface FolderBrowserProps {
  readonly connector: string
  readonly snapshot: ShownSnapshot
  /** Where it is known. */
  readonly root: Folder | undefined
  readonly place: FolderPlace
  readonly selection: Selection
  readonly onGo: GoTo
  readonly onSelect: (folder: Folder) => void
  readonly onClear: () => void
  /** Goes to one collection, or to all. */
  readonly onCollections: (guid: string | undefined) => void
}

/** The folders of a snapshot: a tree, a map beside it, and what is marked. */
export function FolderBrowser(props: FolderBrowserProps) {
  const { connector, snapshot, root, place, selection, onGo, onSelect, onClear, onCollections } = props
  const { path, search, sort, color } = place
  const isFound = search !== ''
  const { opened, onOpen } = useOpenFolders(path)
  const tree = useFolderTree({ connector, at: snapshot.snapshot, sort, search, opened: isFound ? [''] : opened })
  const found = tree.branches.get('')
  const rows = isFound ? planFoundRows(found) : planTreeRows(root, tree.branches, new Set(opened), treeTop(path))
  const [isMapping, setMapping] = useState(false)
  const canOperate = useCanOperate()
  const frame = useRef<HTMLDivElement>(null)

  function goTo(to: string) {
    if (isFound || to !== path) onGo({ path: to, search: '' }, 'push')
    else onOpen(to, !opened.includes(to))
  }

  return (
    <>
      <FolderTools
        connector={connector}
        at={snapshot.snapshot}
        place={place}
        onSort={next => onGo({ sort: next }, 'replace')}
        onSearch={text => onGo({ search: text }, 'replace')}
        onSearched={() => frame.current?.querySelector<HTMLElement>('[role=treegrid]')?.focus()}
      />
      <div ref={frame} className={selection.size > 0 ? 'folder-split has-selection' : 'folder-split'}>
        <div className="folder-side">
          {isFound && found && found.error === undefined && (
            <p className="soft" role="status">
              {found.total === 0 ? 'No folder has' : `${formatCount(found.total)} with`} “{search}” in the path.{' '}
              <button type="button" className="link" onClick={() => onGo({ search: '' }, 'replace')}>
                Clear the search
              </button>
            </p>
          )}
          {!(isFound && found?.error === undefined && found?.total === 0) && (
            <FolderTree
              key={isFound ? 'found' : 'tree'}
              label={isFound ? `Folders with ${search}` : `Folders of ${snapshot.connector}`}
              rows={rows}
              isFound={isFound}
              path={path}
              selection={selection}
              sort={sort}
              onSort={next => onGo({ sort: next }, 'replace')}
              onOpen={onOpen}
              onSelect={onSelect}
              onGo={folder => goTo(folder.path)}
              onReadMore={tree.readMore}
              onGoUp={goTo}
              onMove={(parent, way) => (way === 'before' ? tree.moveBack(parent) : tree.moveOn(parent))}
            />
          )}
        </div>
        <FolderMap
          connector={connector}
          at={snapshot.snapshot}
          path={path}
          color={color}
          onColor={next => onGo({ color: next }, 'replace')}
          onGo={goTo}
        />
      </div>
      {selection.size > 0 && (
        <SelectionBar
          selection={selection}
          snapshot={snapshot}
          refusal={canOperate ? undefined : 'You may read here, not change anything'}
          onMake={() => setMapping(true)}
          onClear={onClear}
        />
      )}
      {isMapping && (
        <MappingDialog
          connector={snapshot.connector}
          folders={[...selection.keys()]}
          onClose={created => {
            setMapping(false)
            if (created) onClear()
          }}
          onShow={onCollections}
        />
      )}
    </>
  )
}
