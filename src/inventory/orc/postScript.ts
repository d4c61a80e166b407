import { damaged, OrcUnsupportedError } from './orcError.js'
import { asBytes, asNumber, asNumbers, parseFields } from './protobuf.js'

/** How the streams of a file are compressed. */
export interface Codec {
  readonly compression: 'NONE' | 'ZLIB'
  /** No compressed chunk expands to more. */
  readonly blockSizeBytes: number
}

/** The last part of a file: the only one that is never compressed. */
export interface PostScript {
  readonly codec: Codec
  readonly footerBytes: number
  readonly metadataBytes: number
}

/**
 * Reads a PostScript message (ORC v1, "Postscript").
 * @throws {OrcUnsupportedError} for a compression other than NONE and ZLIB, a file version other than 0.11 and 0.12
 * @throws {OrcError} if it is no such message
 */
export function parsePostScript(bytes: Uint8Array, subject: string): PostScript {
  const place = `${subject}, postscript`
  let footerBytes = 0
  let metadataBytes = 0
  let compression = 0
  let blockSizeBytes = DEFAULT_BLOCK_BYTES
  let magic: string | undefined
  const version: number[] = []
  for (const field of parseFields(bytes, place)) {
    if (field.id === 1) footerBytes = asNumber(field, place)
    else if (field.id === 2) compression = asNumber(field, place)
    else if (field.id === 3) blockSizeBytes = asNumber(field, place)
    else if (field.id === 4) for (const part of asNumbers(field, place)) version.push(part)
    else if (field.id === 5) metadataBytes = asNumber(field, place)
    else if (field.id === 8000) magic = String.fromCharCode(...asBytes(field, place)) // a postscript has < 256 bytes
  }
  if (magic !== undefined && magic !== 'ORC') throw damaged(place, 'the magic "ORC"', JSON.stringify(magic))
  checkVersion(version, subject)
  return { codec: checkCodec(compression, blockSizeBytes, subject), footerBytes, metadataBytes }
}

const DEFAULT_BLOCK_BYTES = 256 * 1024

/** A chunk's header has 23 bits for its length, so writers take blocks below 8 MiB. */
const MAX_BLOCK_BYTES = 1 << 23

const COMPRESSIONS = ['NONE', 'ZLIB', 'SNAPPY', 'LZO', 'LZ4', 'ZSTD']

/** The oldest files have no version. */
function checkVersion(version: readonly number[], subject: string): void {
  const name = version.join('.')
  if (name !== '' && name !== '0.11' && name !== '0.12')
    throw new OrcUnsupportedError({
      subject,
      expected: 'ORC file version 0.11 or 0.12',
      got: name,
      fix: 'have the file written as version 0.12',
    })
}

function checkCodec(kind: number, blockSizeBytes: number, subject: string): Codec {
  const compression = COMPRESSIONS[kind] ?? `number ${kind}`
  if (compression !== 'NONE' && compression !== 'ZLIB')
    throw new OrcUnsupportedError({
      subject,
      expected: 'ORC compression NONE or ZLIB (S3 Inventory writes ZLIB)',
      got: compression,
      fix: 'have the file written with ZLIB, or deliver the report as Parquet or CSV',
    })
  if (compression === 'ZLIB' && (blockSizeBytes < 1 || blockSizeBytes > MAX_BLOCK_BYTES))
    throw damaged(`${subject}, postscript`, `a block size of 1 to ${MAX_BLOCK_BYTES} bytes`, `${blockSizeBytes}`)
  return { compression, blockSizeBytes }
}
