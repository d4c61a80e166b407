import type { FolderPage } from '../../../api/folders.js'
import type { MapColor } from './folderPlace.js'
import { layoutMap, type MapTile, roomInside } from './layoutMap.js'
import { describeTile, TileLabel } from './TileLabel.js'
import { shadeOf } from './tileShade.js'

export interface InnerTilesProps {
  /** That of the folder whose parts they are. */
  readonly tile: MapTile
  /** What lies in it. */
  readonly page: FolderPage
  readonly color: MapColor
  readonly takenAt: number
  readonly onGo: (path: string) => void
}

/** The parts of a tile, for who points at them: keys go to the tile first, and meet them as tiles there. */
export function InnerTiles({ tile, page, color, takenAt, onGo }: InnerTilesProps) {
  const { parent, folders, total } = page
  if (!parent) return null
  const { left, top, width, height } = roomInside(tile)
  const map = layoutMap(parent, folders, total, { width, height })
  return (
    <ul className="inner-tiles" style={{ left, top, width, height }}>
      {map.tiles.map(inner => {
        const { folder } = inner
        const text = describeTile(inner, parent, map.by)
        return (
          <li
            key={folder?.path ?? `:${inner.part}`}
            className={`tile shade-${shadeOf(folder, color, map.by, takenAt)}`}
            style={{ left: inner.left, top: inner.top, width: inner.width, height: inner.height }}
          >
            {folder ? (
              <button type="button" tabIndex={-1} title={text} aria-label={text} onClick={() => onGo(folder.path)}>
                <TileLabel tile={inner} by={map.by} />
              </button>
            ) : (
              <span title={text}>
                <TileLabel tile={inner} by={map.by} />
              </span>
            )}
          </li>
        )
      })}
    </ul>
  )
}
