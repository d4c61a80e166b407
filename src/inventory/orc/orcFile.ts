import { type ByteSource, readExactly } from './byteSource.js'
import { HEADER_BYTES, type OrcColumn, type OrcStripe, parseFooter } from './footer.js'
import { damaged } from './orcError.js'
import { OrcStream } from './orcStream.js'
import { type Codec, type PostScript, parsePostScript } from './postScript.js'

/** An ORC file of which the tail has been read. */
export interface OrcFile {
  /** Its name in errors, as given: a URL. */
  readonly subject: string
  readonly source: ByteSource
  readonly codec: Codec
  /** The fields of the root struct, in their order; of kinds that can't be read too. */
  readonly columns: readonly OrcColumn[]
  readonly typeCount: number
  readonly rowCount: number
  /** In the order of the rows. */
  readonly stripes: readonly OrcStripe[]
}

/**
 * Reads the tail of an ORC file, by ORC v1 (https://orc.apache.org/specification/ORCv1/). Raw deflate has no
 * checksum: flipped bits may become other values unnoticed, so check the file's MD5 before its rows count.
 * @param subject the file's URL, for errors
 * @throws {OrcUnsupportedError} for a compression other than NONE and ZLIB, encrypted columns, another file version,
 *   rows that are no structs
 * @throws {OrcError} if the file is cut, damaged, or no ORC file; errors of `source.read` go through as they are
 */
export async function openOrc(source: ByteSource, subject: string): Promise<OrcFile> {
  await checkHeader(source, subject)
  const { postScript, start: postScriptStart } = await readPostScript(source, subject)
  const footerStart = postScriptStart - postScript.footerBytes
  const bodyEnd = footerStart - postScript.metadataBytes
  if (bodyEnd < HEADER_BYTES || postScript.footerBytes === 0)
    throw damaged(subject, `a footer and metadata within ${source.sizeBytes} bytes`, sizesOf(postScript))
  const range = { start: footerStart, end: postScriptStart }
  const footer = await new OrcStream(source, range, postScript.codec, `${subject}, footer`).takeAll(MAX_FOOTER_BYTES)
  return { subject, source, codec: postScript.codec, ...parseFooter(footer, bodyEnd, subject) }
}

/** The most that a footer, of the file or of a stripe, may unpack to. */
export const MAX_FOOTER_BYTES = 1 << 24

/** The last byte of a file holds the postscript's length. */
const MAX_TAIL_BYTES = 256

async function checkHeader(source: ByteSource, subject: string): Promise<void> {
  const magic = await readExactly(source, 0, Math.min(HEADER_BYTES, source.sizeBytes), subject)
  if (String.fromCharCode(...magic) !== 'ORC')
    throw damaged(subject, 'an ORC file, which begins with "ORC"', describeStart(magic))
}

const describeStart = (bytes: Uint8Array): string =>
  bytes.length === 0 ? 'an empty file' : `bytes ${Buffer.from(bytes).toString('hex')}`

async function readPostScript(source: ByteSource, subject: string): Promise<{ postScript: PostScript; start: number }> {
  const end = source.sizeBytes - 1
  const tail = await readExactly(source, Math.max(0, end + 1 - MAX_TAIL_BYTES), end + 1, subject)
  const length = tail[tail.length - 1] ?? 0
  const start = end - length
  if (length === 0 || start < HEADER_BYTES)
    throw damaged(subject, 'a postscript before the last byte', `${length} bytes`)
  const bytes = tail.subarray(tail.length - 1 - length, tail.length - 1)
  return { postScript: parsePostScript(bytes, subject), start }
}

const sizesOf = ({ footerBytes, metadataBytes }: PostScript): string => `${footerBytes} and ${metadataBytes} bytes`
