import { useState } from 'react'
import { ErrorNote, Loading } from '../parts/states.js'
import type { PageProps } from '../view.js'
import { FolderBrowser } from './FolderBrowser.js'
import { formatFolderPlace, type GoTo, parseFolderPlace } from './folderPlace.js'
import { NoFolders } from './NoFolders.js'
import { SnapshotLine } from './SnapshotLine.js'
import { type Selection, toggleSelected } from './selection.js'
import { useRootFolder } from './useRootFolder.js'
import './folders.css'

const NONE: Selection = new Map()

/** The folders of one connector, in one snapshot: that of the URL, else the newest. */
export function ConnectorFolders({ connector, view, onView }: PageProps & { readonly connector: string }) {
  const place = parseFolderPlace(view.params)
  const [selected, setSelected] = useState<{ readonly snapshot: string; readonly folders: Selection }>()
  // What is marked has the figures of its snapshot: that one stays as long as there are marks.
  const held = selected && selected.folders.size > 0 ? selected.snapshot : undefined
  const root = useRootFolder(connector, place.at ?? held, place.sort)
  const onGo: GoTo = (changes, how) => onView({ ...view, params: formatFolderPlace({ ...place, ...changes }) }, how)

  if (!root.data)
    return root.error ? (
      <NoFolders connector={connector} at={place.at} error={root.error} retry={() => void root.refetch()} />
    ) : (
      <Loading what="folders" />
    )
  const { snapshot, parent, newer_scans } = root.data
  const selection = selected?.snapshot === snapshot.snapshot ? selected.folders : NONE
  return (
    <>
      <SnapshotLine
        connector={connector}
        snapshot={snapshot}
        newerScans={newer_scans}
        isChosen={place.at !== undefined}
        onNewest={() => {
          setSelected(undefined)
          onGo({ at: undefined }, 'push')
        }}
      />
      {root.error && <ErrorNote error={root.error} what="Whether there is a newer snapshot can't be told" />}
      <FolderBrowser
        connector={connector}
        snapshot={snapshot}
        root={parent ?? undefined}
        place={place}
        selection={selection}
        onGo={onGo}
        onSelect={folder => setSelected({ snapshot: snapshot.snapshot, folders: toggleSelected(selection, folder) })}
        onClear={() => setSelected(undefined)}
        onCollections={guid =>
          onView({
            page: 'collections',
            ...(guid !== undefined && { name: guid }),
            params: place.connector === undefined ? {} : { connector: place.connector },
          })
        }
      />
    </>
  )
}
