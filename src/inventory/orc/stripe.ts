import { BooleanReader } from './booleanRunLength.js'
import { type ByteSource, holdRange } from './byteSource.js'
import { openColumn } from './column.js'
import type { ColumnChunk, OrcValue, TextBudget } from './columnChunk.js'
import type { OrcColumn, OrcStripe } from './footer.js'
import { damaged } from './orcError.js'
import { MAX_FOOTER_BYTES, type OrcFile } from './orcFile.js'
import { emptyStream, OrcStream } from './orcStream.js'
import { parseStripeFooter, STREAM_KIND, type StreamKind, type StripeFooter } from './stripeFooter.js'

/** Some rows of a file, by columns. */
export interface OrcBatch {
  /** 1 to 4,096. */
  readonly rowCount: number
  /** By column name, in the order asked for; each has `rowCount` values. */
  readonly columns: ReadonlyMap<string, readonly OrcValue[]>
}

/** The most rows of a batch. */
export const MAX_BATCH_ROWS = 4096

/**
 * Reads the rows of one stripe, in order. Each stream is read in windows, so what is held doesn't grow with the
 * stripe, but for its dictionaries.
 * @param ordinal the stripe's place in the file, from 0
 * @throws {OrcError} if the stripe is cut or damaged: also after rows were given, where only the end shows it
 */
export async function* readStripe(
  file: OrcFile,
  ordinal: number,
  columns: readonly OrcColumn[],
): AsyncGenerator<OrcBatch> {
  const stripe = file.stripes[ordinal]
  if (stripe === undefined) return
  const opened = await openStripe(file, stripe, `${file.subject}, stripe ${ordinal + 1}`)
  const budget: TextBudget = { dictionaryBytes: MAX_DICTIONARY_BYTES, batchBytes: 0 }
  const readers = columns.map(column => ({ name: column.name, values: openColumn(chunkOf(opened, column, budget)) }))
  const root = openRoot(opened)
  for (let done = 0; done < stripe.rowCount; ) {
    const rowCount = Math.min(MAX_BATCH_ROWS, stripe.rowCount - done)
    budget.batchBytes = MAX_BATCH_TEXT_BYTES
    await root?.next(rowCount)
    const batch = new Map<string, readonly OrcValue[]>()
    for (const { name, values } of readers) batch.set(name, await values.next(rowCount))
    done += rowCount
    if (done === stripe.rowCount) await finishAll([root, ...readers.map(reader => reader.values)])
    yield { rowCount, columns: batch }
  }
  if (stripe.rowCount === 0) await finishAll([root, ...readers.map(reader => reader.values)])
}

/** What the strings of a batch may take up, all columns together: 16 KiB a row, where a key has at most 1 KiB. */
const MAX_BATCH_TEXT_BYTES = 1 << 26

/** What a stripe's dictionaries may take up: as much as the largest stripes writers make by default. */
const MAX_DICTIONARY_BYTES = 1 << 28

/** A stripe below this is read at once, instead of each stream by itself. */
const SMALL_STRIPE_BYTES = 1 << 22

interface OpenStripe {
  readonly file: OrcFile
  readonly source: ByteSource
  readonly footer: StripeFooter
  readonly place: string
}

async function openStripe(file: OrcFile, stripe: OrcStripe, place: string): Promise<OpenStripe> {
  const start = stripe.offset + stripe.indexBytes
  const footerStart = start + stripe.dataBytes
  const end = footerStart + stripe.footerBytes
  const source = end - start <= SMALL_STRIPE_BYTES ? await holdRange(file.source, start, end, place) : file.source
  const stream = new OrcStream(source, { start: footerStart, end }, file.codec, `${place}, footer`)
  const footer = parseStripeFooter(await stream.takeAll(MAX_FOOTER_BYTES), stripe, file.typeCount, place)
  return { file, source, footer, place }
}

function chunkOf(stripe: OpenStripe, column: OrcColumn, budget: TextBudget): ColumnChunk {
  const { footer } = stripe
  const place = `${stripe.place}, column ${column.name}`
  const encoding = footer.encodings[column.id]
  if (encoding === undefined) throw damaged(place, 'an encoding', 'none')
  const ranges = footer.streams.get(column.id)
  return {
    column,
    encoding,
    writerTimezone: footer.writerTimezone,
    capacity: MAX_BATCH_ROWS,
    budget,
    place,
    has: kind => ranges?.has(STREAM_KIND[kind]) ?? false,
    open: kind => openStream(stripe, column.id, kind, `${place}, stream ${kind}`),
  }
}

function openStream(stripe: OpenStripe, columnId: number, kind: StreamKind, place: string): OrcStream {
  const range = stripe.footer.streams.get(columnId)?.get(STREAM_KIND[kind])
  return range ? new OrcStream(stripe.source, range, stripe.file.codec, place) : emptyStream(place)
}

interface Finishing {
  finish(): Promise<void>
}

/** The root struct's own flags, where a writer gives them: no row may be null. */
function openRoot(stripe: OpenStripe): (Finishing & { next(rowCount: number): Promise<void> }) | undefined {
  if (!stripe.footer.streams.get(0)?.has(STREAM_KIND.PRESENT)) return undefined
  const place = `${stripe.place}, rows`
  const present = new BooleanReader(openStream(stripe, 0, 'PRESENT', place), MAX_BATCH_ROWS)
  return {
    next: async rowCount => {
      const flags = await present.next(rowCount)
      if (flags.subarray(0, rowCount).includes(0)) throw damaged(place, 'rows that are not null', 'null')
    },
    finish: () => present.finish(),
  }
}

async function finishAll(readers: readonly (Finishing | undefined)[]): Promise<void> {
  for (const reader of readers) await reader?.finish()
}
