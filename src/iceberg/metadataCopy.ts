import { createHash } from 'node:crypto'
import type { Table } from './catalog.js'
import { formatMetadata } from './metadata.js'
import { numberedMetadataName, parseNumberedName } from './metadataFiles.js'
import { withMetadataLog } from './snapshot.js'

// Engines keep metadata files in memory by their path, some without the bucket: `v12.metadata.json` of two lakes, or of one that
// was made anew or put back to an earlier state, would be one file to them. So other catalogs are told of copies, which are called as
// other catalogs' metadata files are, by a UUID. It is made of what is in the copy: where two have one name, they are one.

/** A copy of the metadata file that a table is. */
export interface MetadataCopy {
  /** Of its file, in the folder of the table's metadata. */
  readonly name: string
  readonly bytes: Uint8Array
}

/**
 * The copy of the metadata file that a table is: the same but for its log, which ends with that file. So an engine that removes
 * what nothing names leaves it.
 */
export function makeMetadataCopy(table: Table): MetadataCopy {
  const bytes = Buffer.from(formatMetadata(withMetadataLog(table, table.metadata)))
  const content = createHash('sha256').update(bytes).digest().subarray(0, 8)
  content[0] = 0x80 | ((content[0] ?? 0) & 0x3f) // the variant of an RFC 9562 UUID
  return { name: numberedMetadataName(table.version, copyUuid(table.version, content.toString('hex'))), bytes }
}

/**
 * The number in the key of a copy, by its name alone; `undefined` for any other file, also one that another writer has called
 * alike: their UUIDs are random.
 */
export function parseCopyNumber(key: string): number | undefined {
  const { number, uuid } = parseNumberedName(key) ?? {}
  if (number === undefined || uuid === undefined) return undefined
  return uuid === copyUuid(number, uuid.slice(-17).replace('-', '')) ? number : undefined
}

/**
 * A UUID of version 8, whose second half is of the content, and whose first half is of the number and the second half.
 * @param content 16 hex digits
 * @see https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-8
 */
function copyUuid(number: number, content: string): string {
  const head = createHash('sha256').update(`copy ${number} ${content}`).digest('hex')
  return [head.slice(0, 8), head.slice(8, 12), `8${head.slice(12, 15)}`, content.slice(0, 4), content.slice(4)].join(
    '-',
  )
}
