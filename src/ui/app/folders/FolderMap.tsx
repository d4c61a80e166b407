import { useRef } from 'react'
import type { FolderPage } from '../../../api/folders.js'
import { ErrorNote, Loading } from '../parts/states.js'
import { FolderCrumbs } from './FolderCrumbs.js'
import type { MapColor } from './folderPlace.js'
import { type FolderMap as LaidOutMap, layoutMap } from './layoutMap.js'
import { MapLegend } from './MapLegend.js'
import { MapTable } from './MapTable.js'
import { MapTiles } from './MapTiles.js'
import { useElementSize } from './useElementSize.js'
import { useInnerFolders } from './useInnerFolders.js'
import { useLargestFolders } from './useLargestFolders.js'
import './folderMap.css'

export interface FolderMapProps {
  readonly connector: string
  readonly at: string
  /** The folder whose parts are drawn. */
  readonly path: string
  readonly color: MapColor
  readonly onColor: (color: MapColor) => void
  readonly onGo: (path: string) => void
}

/** What is in a folder as a map: areas are bytes, colours say what changed or how old it is. A click goes in. */
export function FolderMap({ connector, at, path, color, onColor, onGo }: FolderMapProps) {
  const { data, error, refetch } = useLargestFolders(connector, at, path)
  return (
    <section className="folder-map" aria-label="Map">
      <FolderCrumbs path={path} folder={data?.parent?.path === path ? data.parent : undefined} onGo={onGo} />
      {error ? (
        <ErrorNote error={error} retry={() => void refetch()} what={`${nameOf(path)} can't be shown`} />
      ) : data ? (
        <DrawnMap connector={connector} page={data} color={color} onColor={onColor} onGo={onGo} />
      ) : (
        <Loading what="the map" />
      )}
    </section>
  )
}

/** In what is said of it: no more than a line. */
const nameOf = (path: string): string => (path.length > 60 ? 'This folder' : path || 'The root')

const NOTHING: LaidOutMap = { tiles: [], by: 'bytes' }

type DrawnMapProps = Omit<FolderMapProps, 'at' | 'path'> & { readonly page: FolderPage }

function DrawnMap({ connector, page, color, onColor, onGo }: DrawnMapProps) {
  const frame = useRef<HTMLDivElement>(null)
  const isEntered = useRef(false)
  const size = useElementSize(frame)
  const { parent, folders, total, snapshot } = page
  const map = parent ? layoutMap(parent, folders, total, size) : NOTHING
  const inner = useInnerFolders(connector, snapshot.snapshot, map.tiles)
  if (!parent) return null
  const takenAt = Date.parse(snapshot.taken_at)
  const isEmpty = parent.object_count === 0
  return (
    <>
      <div ref={frame} className="map-frame">
        {isEmpty ? (
          <p className="soft">
            {parent.change === 'deleted' ? 'Deleted since the snapshot before.' : 'No objects in here.'}
          </p>
        ) : (
          <MapTiles
            key={parent.path}
            parent={parent}
            map={map}
            inner={inner}
            color={color}
            takenAt={takenAt}
            isEntered={isEntered}
            onGo={onGo}
          />
        )}
      </div>
      {!isEmpty && (
        <>
          <MapLegend by={map.by} color={color} hasBase={snapshot.base_snapshot !== null} onColor={onColor} />
          <MapTable parent={parent} tiles={map.tiles} onGo={onGo} />
        </>
      )}
    </>
  )
}
