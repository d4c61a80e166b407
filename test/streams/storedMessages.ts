import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openDuckDB } from '../../src/engine/duckdb.js'
import { quotePaths } from '../../src/engine/sqlText.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { planFiles, resolveFile } from '../../src/iceberg/plan.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { processedFolder } from '../../src/streams/streamPlaces.js'
import { listKeys } from './ingesting.js'

export const CHANNELS = ['ticker', 'level2', 'market_trades'] as const

/** A message in the tables. */
export interface StoredMessage {
  readonly channel: string
  readonly connection: string
  readonly sequence: number
  /** How many rows it has, and how many different ones. */
  readonly rows: number
  readonly different: number
  /** Where its line is among all lines: they grow as they were written. */
  readonly place: number
  /** A trade that nobody was told before. */
  readonly trade: string | null
}

/** What ingest said of itself. */
export interface StoredEvent {
  readonly kind: string
  readonly connection: string | null
  readonly place: number
}

export interface StoredStream {
  readonly messages: readonly StoredMessage[]
  readonly events: readonly StoredEvent[]
}

/**
 * What the tables of the stream `coinbase` have.
 * @param folder for copies of their files
 * @throws where other files lie in processed/ than the tables have
 */
export async function readStored(store: ObjectStore, folder: string): Promise<StoredStream> {
  const catalog = filesCatalog(store, { now: () => new Date() })
  const engine = await openDuckDB({ memoryBytes: 300_000_000, threads: 2, tempFolder: join(folder, 'spill') })
  const read = async (channel: string, select: (files: string) => string) => {
    const table = await catalog.load(`coinbase.${channel}`)
    const keys = table ? (await planFiles(table, [])).map(({ path }) => resolveFile(table, path)).sort() : []
    const lying = (await listKeys(store, processedFolder('coinbase', channel))).sort()
    if (lying.join() !== keys.join()) throw new Error(`${channel} has ${keys.join()}, and there are ${lying.join()}`)
    const copies = keys.map((_key, index) => join(folder, 'copies', channel, `${index}.parquet`))
    await mkdir(join(folder, 'copies', channel), { recursive: true })
    for (const [index, copy] of copies.entries()) await writeFile(copy, await store.read(keys[index] ?? ''))
    return copies.length === 0 ? [] : engine.rows(select(`read_parquet(${quotePaths(copies)})`))
  }
  try {
    const messages: StoredMessage[] = []
    for (const channel of CHANNELS) {
      const found = await read(channel, files => messagesSql(channel, files))
      for (const { connection, sequence, place, rows, different, trade } of found)
        messages.push({
          ...{ channel, connection: String(connection), sequence: Number(sequence), place: Number(place) },
          ...{ rows: Number(rows), different: Number(different), trade: trade === null ? null : String(trade) },
        })
    }
    const events = await read(
      'events',
      files => `select kind, connection, ${PLACE} as place from ${files} order by place`,
    )
    return {
      messages,
      events: events.map(({ kind, connection, place }) => ({
        ...{ kind: String(kind), connection: connection === null ? null : String(connection), place: Number(place) },
      })),
    }
  } finally {
    engine.close()
  }
}

/** Segments are numbered as they were begun, and lines within each. */
const PLACE = `cast(regexp_extract(segment, '_(\\d+)$', 1) as bigint) * 10_000_000 + line`

const messagesSql = (channel: string, files: string): string => `
  select
    connection, sequence, min(${PLACE}) as place, count(*) as "rows",
    count(distinct (segment, ${channel === 'ticker' ? 'line' : '(line, item)'})) as different,
    ${channel === 'market_trades' ? `max(trade_id) filter (where type <> 'snapshot')` : 'null'} as trade
  from ${files}
  group by connection, sequence
  order by connection, sequence`
