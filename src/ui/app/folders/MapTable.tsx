import type { Folder } from '../../../api/folders.js'
import { countText, formatBytes, formatCount, formatShare } from '../../../output/quantities.js'
import { Amount } from '../parts/Amount.js'
import { FolderName } from './FolderName.js'
import { lastName } from './folderPlace.js'
import type { MapTile } from './layoutMap.js'
import './mapTable.css'

export interface MapTableProps {
  readonly parent: Folder
  readonly tiles: readonly MapTile[]
  readonly onGo: (path: string) => void
}

/** What a map shows, in figures. */
export function MapTable({ parent, tiles, onGo }: MapTableProps) {
  return (
    <details className="map-table">
      <summary>The map in figures</summary>
      <div className="map-table-box">
        <table>
          <thead>
            <tr>
              <th scope="col">Part</th>
              <th scope="col">Size</th>
              <th scope="col">Share</th>
              <th scope="col">Objects</th>
              <th scope="col">Size change</th>
            </tr>
          </thead>
          <tbody>
            {tiles.map(tile => (
              <tr key={tile.folder?.path ?? `:${tile.part}`}>
                <th scope="row">
                  <PartName tile={tile} onGo={onGo} />
                </th>
                <td className="num">{formatBytes(tile.sizeBytes)}</td>
                <td className="num">
                  {parent.total_size_bytes > 0 && formatShare(tile.sizeBytes / parent.total_size_bytes)}
                </td>
                <td className="num">{formatCount(tile.objectCount)}</td>
                <td className="num">
                  <Amount value={tile.folder?.size_change || null} kind="bytes" isChange none="" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}

function PartName({ tile, onGo }: { readonly tile: MapTile; readonly onGo: (path: string) => void }) {
  const { part, folder, folderCount } = tile
  if (!folder) return part === 'files' ? 'files directly in here' : countText(folderCount, 'smaller folder')
  return (
    <button type="button" className="link" onClick={() => onGo(folder.path)}>
      <FolderName name={lastName(folder.path)} />
    </button>
  )
}
