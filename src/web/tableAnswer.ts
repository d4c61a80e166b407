import type { Context } from 'hono'
import { InterruptedError } from '../errors.js'
import type { Column } from '../output/cells.js'
import { csvLines, jsonArray } from '../output/rows.js'
import type { LakeEffects } from '../snapshot/lakeTables.js'
import type { Downloads } from './downloads.js'
import type { LakeReader } from './lakeReader.js'

/** A table as a whole, to be saved as a file. */
export interface WholeTable<Row extends object> {
  /** What the file is called, without its ending. */
  readonly name: string
  readonly format: 'json' | 'csv' | 'sql'
  readonly columns: readonly Column<Row>[]
  /** What a person can run over the lake's views to get the same. */
  readonly sql: () => string
  /** All rows, as they come. */
  readonly rows: (effects: LakeEffects) => AsyncIterable<Row>
}

/**
 * Answers with all rows of a table, at the pace of who reads them, or with its SQL. What fails before the first rows is
 * thrown; what fails later breaks the answer off, which whoever reads it notices.
 */
export async function answerTable<Row extends object>(
  c: Context,
  { name, format, columns, sql, rows }: WholeTable<Row>,
  reader: Pick<LakeReader, 'read'>,
): Promise<Response> {
  if (format === 'sql') return answerFile(c, { name, format }, write => write([sql()]))
  const { signal } = c.req.raw
  return answerFile(c, { name, format }, write =>
    reader.read(effects => write(tableTexts(rows(effects), columns, format)), signal),
  )
}

/** All rows of a table as texts. */
export const tableTexts = <Row extends object>(
  rows: AsyncIterable<Row>,
  columns: readonly Column<Row>[],
  format: 'json' | 'csv',
): AsyncIterable<string> => (format === 'json' ? jsonArray(rows, columns) : csvLines(rows, columns))

/**
 * As {@link answerTable}, of texts whose columns are known only when there are rows.
 * @param produce writes them once; not for a HEAD, as nobody would read what it writes
 * @throws {RequestRefusedError} 429 where as many tables are being read as may be
 */
export async function answerFile(
  c: Context,
  { name, format }: Pick<WholeTable<object>, 'name' | 'format'>,
  produce: (write: WriteTexts) => Promise<void>,
): Promise<Response> {
  const headers = {
    'content-type': TYPES[format],
    'content-disposition': `attachment; filename="${safeName(name)}.${format}"`,
    'cache-control': 'private, no-cache',
  }
  if (c.req.raw.method === 'HEAD') return c.body(null, 200, headers)
  const downloads: Downloads = c.get('downloads')
  const end = format === 'sql' ? () => {} : downloads.begin()
  const produceAll = async (write: WriteTexts): Promise<void> => {
    try {
      await produce(write)
    } finally {
      end()
    }
  }
  return c.body(await streamText(produceAll, c.req.raw.signal), 200, headers)
}

const TYPES = {
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
  sql: 'application/sql; charset=utf-8',
} as const

/** A name that every file system takes. */
const safeName = (name: string): string => name.replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, 100) || 'table'

type WriteTexts = (texts: AsyncIterable<string> | Iterable<string>) => Promise<void>

/**
 * @param signal of who reads: what is produced waits for nobody who has gone
 * @returns once there is something to read, or nothing at all.
 * @throws what `produce` throws before that
 */
async function streamText(
  produce: (write: WriteTexts) => Promise<void>,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  let begin = (): void => {}
  const begun = new Promise<void>(resolve => {
    begin = resolve
  })
  const gone = new Promise<never>((_, reject) => {
    const leave = (): void => reject(new InterruptedError({ subject: 'request', got: 'whoever asked has gone' }))
    if (signal.aborted) leave()
    signal.addEventListener('abort', leave, { once: true })
  })
  gone.catch(() => undefined)
  const produced = produce(async texts => {
    for await (const batch of inBatches(texts)) {
      begin()
      await Promise.race([writer.write(batch), gone])
    }
    await Promise.race([writer.close(), gone])
  })
  produced.catch(error => writer.abort(error).catch(() => undefined))
  await Promise.race([begun, produced])
  return readable
}

/** What is sent at once. */
const BATCH_CHARACTERS = 1 << 16

async function* inBatches(texts: AsyncIterable<string> | Iterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  let batch = ''
  for await (const text of texts) {
    batch += text
    if (batch.length < BATCH_CHARACTERS) continue
    yield encoder.encode(batch)
    batch = ''
  }
  yield encoder.encode(batch)
}
