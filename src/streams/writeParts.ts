import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../engine/engine.js'
import { writeParquetFile } from '../engine/parquetFile.js'
import { quotePath, quoteString } from '../engine/sqlText.js'
import { onOneThread } from '../engine/threads.js'
import type { Table } from '../iceberg/catalog.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { hiveFolder } from '../iceberg/hiveFolder.js'
import { dataFolder, recordedPath } from '../iceberg/location.js'
import { currentSchema, currentSpec } from '../iceberg/metadata.js'
import { formatSegmentName, parseSegmentName } from './segmentName.js'

export interface PartsOptions {
  /** The relation of the engine with the channel's rows. */
  readonly from: string
  /** The segment's name. */
  readonly segment: string
  readonly table: Table
  /** Throws when it is over: from then on another may write the same files. */
  readonly check: () => void
}

/**
 * Writes the rows of a segment as Parquet files of a channel's table: one for each product and date, its rows in the order
 * of the lines. A file is named by the segment, so that who does it again replaces it, by the same bytes. Nobody counts them
 * before a commit names them.
 * @param engines sessions of one engine: files are written in each of them at once
 */
export async function writeParts(options: PartsOptions, engines: readonly [Engine, ...Engine[]]): Promise<DataFile[]> {
  const [engine] = engines
  const hasProduct = currentSpec(options.table.metadata).fields.some(({ name }) => name === 'product_id')
  const columns = [...(hasProduct ? ['product_id'] : []), 'date']
  const parts = await engine.rows(
    `select ${columns.join(', ')}, cast(date as varchar) as day from ${options.from} group by all order by all`,
  )
  const found = await engine.rows(`describe select * from ${options.from}`)
  const names = new Set(['segment', ...found.map(({ column_name }) => String(column_name))])
  const order = ['line', 'item'].filter(name => names.has(name))
  const sorted = parts.length > FEW_PARTS ? await sortRows(options.from, [...columns, ...order], engine) : undefined
  const layout = { ...options, from: sorted ? readParquet(sorted) : options.from, names, order: order.join(', ') }
  const files: DataFile[] = new Array(parts.length)
  let next = 0
  const work = async (engine: Engine): Promise<void> => {
    for (let i = next++; i < parts.length; i = next++) {
      options.check()
      const { product_id: product, day } = parts[i] ?? {}
      const partition = {
        ...(hasProduct && { product_id: typeof product === 'string' ? product : null }),
        date: String(day),
      }
      files[i] = await writePart(partition, layout, engine)
    }
  }
  const ended = await Promise.allSettled(engines.map(work))
  if (sorted) await rm(sorted)
  for (const end of ended) if (end.status === 'rejected') throw end.reason
  return files
}

/** Of more parts the rows are sorted first, so that those of each are found without reading the others. */
const FEW_PARTS = 24

/** So many rows are read to find some of them. */
const SORTED_GROUP_ROWS = 8_192

async function sortRows(from: string, order: readonly string[], engine: Engine): Promise<string> {
  const path = join(engine.tempFolder, `sorted-${randomUUID()}.parquet`)
  const copy = `copy (select * from ${from} order by ${order.join(', ')}) to ${quoteString(path)}
    (format parquet, compression lz4_raw, row_group_size ${SORTED_GROUP_ROWS}, dictionary_size_limit 1)`
  await onOneThread(engine, () => engine.run(copy))
  return path
}

const readParquet = (path: string): string => `read_parquet(${quotePath(path)}, hive_partitioning = false)`

type Partition = Readonly<{ product_id?: string | null; date: string }>

interface Layout extends PartsOptions {
  /** The columns that there are. */
  readonly names: ReadonlySet<string>
  readonly order: string
}

async function writePart(
  partition: Partition,
  { from, names, order, segment, table, check }: Layout,
  engine: Engine,
): Promise<DataFile> {
  const { metadata, store } = table
  const path = join(engine.tempFolder, `part-${randomUUID()}.parquet`)
  const schema = currentSchema(metadata)
  const product = partition.product_id
  const where = [
    'date = cast($date as date)',
    ...(product === undefined ? [] : [product === null ? 'product_id is null' : 'product_id = $product']),
  ]
  try {
    const facts = await writeParquetFile(engine, {
      select: `select *, ${quoteString(segment)} as segment from ${from} where ${where.join(' and ')} order by ${order}`,
      params: { date: partition.date, ...(typeof product === 'string' && { product }) },
      path,
      schema,
      constants: { segment },
      absent: new Set(schema.fields.map(({ name }) => name).filter(name => !names.has(name))),
      rowGroupRows: ROW_GROUP_ROWS,
    })
    const key = `${dataFolder(table)}/${partFolder(partition)}/${partName(segment)}`
    check()
    await store.putFile(key, path)
    return {
      ...facts,
      path: recordedPath(table, key),
      partition,
      specId: currentSpec(metadata)['spec-id'],
      sortOrderId: metadata['default-sort-order-id'],
    }
  } finally {
    await rm(path, { force: true })
  }
}

const ROW_GROUP_ROWS = 30_720

/** `part_20260120T10_00042.parquet`, of `segment_20260120T10_00042` */
export const partName = (segment: string): string =>
  `${formatSegmentName(parseSegmentName(segment)).replace(/^segment_/, 'part_')}.parquet`

/** `product_id=BTC-USD/date=2026-01-20` */
const partFolder = (partition: Partition): string =>
  Object.entries(partition)
    .map(([column, value]) => hiveFolder(column, value))
    .join('/')
