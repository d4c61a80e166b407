import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from 'react'
import type { Folder, FolderPage } from '../../../api/folders.js'
import { type MapColor, parentOf } from './folderPlace.js'
import { InnerTiles } from './InnerTiles.js'
import { type FolderMap, hasRoomInside } from './layoutMap.js'
import { nextTile } from './nextTile.js'
import { describeTile, TileLabel } from './TileLabel.js'
import { shadeOf } from './tileShade.js'
import './mapTiles.css'
import './mapShades.css'

export interface MapTilesProps {
  readonly parent: Folder
  readonly map: FolderMap
  readonly color: MapColor
  /** What lies in large tiles, by path. */
  readonly inner: ReadonlyMap<string, FolderPage>
  /** Of the snapshot, epoch ms. */
  readonly takenAt: number
  /** Whether the map before was left by one of its tiles: then the focus goes on to these. */
  readonly isEntered: RefObject<boolean>
  readonly onGo: (path: string) => void
}

/** The tiles of a map. One of them can be tabbed to, arrows go from there to others, Enter goes in and Backspace out. */
export function MapTiles({ parent, map, inner, color, takenAt, isEntered, onGo }: MapTilesProps) {
  const frame = useRef<HTMLUListElement>(null)
  const [active, setActive] = useState(0)
  const doors = map.tiles.filter(({ part }) => part === 'folder')

  useEffect(() => {
    if (!isEntered.current || map.tiles.length === 0) return
    isEntered.current = false
    const first = frame.current?.querySelector<HTMLElement>('[data-door]') ?? frame.current
    first?.focus({ preventScroll: true })
  }, [isEntered, map.tiles.length])

  function go(path: string) {
    isEntered.current = true
    onGo(path)
  }

  function handleKey(event: KeyboardEvent) {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const above = parentOf(parent.path)
    const next = nextTile(doors, active, event.key)
    if (event.key === 'Backspace' && above !== undefined) go(above)
    else if (next !== undefined) frame.current?.querySelectorAll<HTMLElement>('[data-door]')[next]?.focus()
    else return
    event.preventDefault()
  }

  return (
    <ul
      ref={frame}
      className="map-tiles"
      tabIndex={-1}
      aria-label={`What is in ${parent.path || 'the bucket'}, the largest first`}
      onKeyDown={handleKey}
    >
      {map.tiles.map(tile => {
        const { folder, left, top, width, height } = tile
        const page = folder && inner.get(folder.path)
        const isParted = page !== undefined && hasRoomInside(tile)
        const text = describeTile(tile, parent, map.by)
        const door = folder ? doors.indexOf(tile) : -1
        return (
          <li
            key={folder?.path ?? `:${tile.part}`}
            className={isParted ? 'tile is-parted' : `tile shade-${shadeOf(folder, color, map.by, takenAt)}`}
            style={{ left, top, width, height }}
          >
            {folder ? (
              <button
                type="button"
                tabIndex={door === active ? 0 : -1}
                data-door
                className={isParted ? 'tile-head' : undefined}
                title={text}
                aria-label={text}
                onFocus={() => setActive(door)}
                onClick={() => go(folder.path)}
              >
                <TileLabel tile={tile} by={map.by} />
              </button>
            ) : (
              <span title={text}>
                <TileLabel tile={tile} by={map.by} />
              </span>
            )}
            {isParted && <InnerTiles tile={tile} page={page} color={color} takenAt={takenAt} onGo={go} />}
          </li>
        )
      })}
    </ul>
  )
}
