import type { Folder } from '../../../api/folders.js'
import { countText, formatBytes, formatCount, formatShare, withSign } from '../../../output/quantities.js'
import { valueText } from '../parts/valueText.js'
import { FolderName } from './FolderName.js'
import { lastName } from './folderPlace.js'
import type { FolderMap, MapTile } from './layoutMap.js'

/** The name of a tile and its amount, as far as there is room. */
export function TileLabel({ tile, by }: { readonly tile: MapTile; readonly by: FolderMap['by'] }) {
  const { part, folder, width, height } = tile
  if (width < 40 || height < 20) return null
  return (
    <>
      <b>{folder ? <FolderName name={lastName(folder.path)} /> : part === 'files' ? 'files here' : otherText(tile)}</b>
      {width >= 60 && height >= 40 && (
        <small>{by === 'bytes' ? formatBytes(tile.sizeBytes) : formatCount(tile.objectCount)}</small>
      )}
    </>
  )
}

const otherText = ({ folderCount }: MapTile): string => countText(folderCount, 'smaller folder')

/** What a tile says to those who point at it, and to those who don't see it. */
export function describeTile(tile: MapTile, parent: Folder, by: FolderMap['by']): string {
  const { part, folder, sizeBytes, objectCount } = tile
  const name = folder ? valueText(folder.path) : part === 'files' ? 'files directly in here' : otherText(tile)
  const share = by === 'bytes' ? sizeBytes / parent.total_size_bytes : objectCount / parent.object_count
  const texts = [
    formatBytes(sizeBytes),
    countText(objectCount, 'object'),
    `${formatShare(share)} of ${parent.path === '' ? 'all' : 'this folder'}`,
    ...(folder?.size_change ? [`${withSign(folder.size_change, formatBytes)} since the snapshot before`] : []),
    ...(folder?.last_modified ? [`newest object ${folder.last_modified.slice(0, 10)}`] : []),
  ]
  return `${name}: ${texts.join(', ')}`
}
