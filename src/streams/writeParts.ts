import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../engine/engine.js'
import { type ParquetFacts, writeParquetFile, writeParquetParts } from '../engine/parquetFile.js'
import { quoteString } from '../engine/sqlText.js'
import type { Table } from '../iceberg/catalog.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { hiveFolder } from '../iceberg/hiveFolder.js'
import { dataFolder, recordedPath } from '../iceberg/location.js'
import { currentSchema, currentSpec } from '../iceberg/metadata.js'
import { inParallel } from '../lake/inParallel.js'
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
 * @param engines sessions of one engine, which has one thread: files are written in each of them at once
 */
export async function writeParts(options: PartsOptions, engines: readonly [Engine, ...Engine[]]): Promise<DataFile[]> {
  const [engine] = engines
  const hasProduct = currentSpec(options.table.metadata).fields.some(({ name }) => name === 'product_id')
  const columns = hasProduct ? ['product_id', 'date'] : ['date']
  const parts = `select ${columns.join(', ')}, count(*) as n, row_number() over (order by ${columns.join(', ')}) as part
    from ${options.from} group by ${columns.join(', ')}`
  const found = await engine.rows(`select *, cast(date as varchar) as day from (${parts}) order by part`)
  const described = await engine.rows(`describe select * from ${options.from}`)
  const names = new Set(['segment', ...described.map(({ column_name }) => String(column_name))])
  const layout = {
    ...options,
    parts: found.map(({ product_id: product, day, n }) => ({
      rows: Number(n),
      partition: {
        ...(hasProduct && { product_id: typeof product === 'string' ? product : null }),
        date: String(day),
      },
    })),
    names,
    order: ['line', 'item'].filter(name => names.has(name)).join(', '),
    numbered: `select rows.*, parts.part from ${options.from} as rows join (${parts}) as parts
      on ${columns.map(name => `rows.${name} is not distinct from parts.${name}`).join(' and ')}`,
  }
  const groups = groupParts(layout.parts, engines.length)
  const files: DataFile[][] = new Array(groups.length)
  const idle = [...engines]
  await inParallel(groups.entries(), engines.length, async ([i, group]) => {
    options.check()
    const session = idle.pop() as Engine // as many are at work as there are
    files[i] = await writeGroup(group, layout, session)
    idle.push(session)
  })
  return files.flat()
}

interface Part {
  readonly partition: Readonly<{ product_id?: string | null; date: string }>
  readonly rows: number
}

interface Layout extends PartsOptions {
  readonly parts: readonly Part[]
  /** The columns that there are. */
  readonly names: ReadonlySet<string>
  readonly order: string
  /** The rows with the `part` that each is of, from 1. */
  readonly numbered: string
}

/** Parts one after the other, from the first to the last. */
interface PartGroup {
  readonly first: number
  readonly last: number
}

/** So many rows are held and put in order at once, but for a part that has more. */
const GROUP_ROWS = 60_000

/** So many files are written at once: each holds some rows. */
const GROUP_PARTS = 40

/** What one statement writes: a share of the parts for each session, and no more rows than it may hold. */
function groupParts(parts: readonly Part[], sessions: number): PartGroup[] {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  const most = Math.min(GROUP_ROWS, Math.ceil(rows / sessions))
  const groups: PartGroup[] = []
  let [first, held] = [1, 0]
  for (const [i, part] of parts.entries()) {
    held += part.rows
    if (held < most && i + 2 - first < GROUP_PARTS && i + 1 < parts.length) continue
    groups.push({ first, last: i + 1 })
    first = i + 2
    held = 0
  }
  return groups
}

async function writeGroup({ first, last }: PartGroup, layout: Layout, engine: Engine): Promise<DataFile[]> {
  const { numbered, names, order, segment, table, parts, check } = layout
  const schema = currentSchema(table.metadata)
  const folder = join(engine.tempFolder, `parts-${randomUUID()}`)
  try {
    const rows = {
      select: `select *, ${quoteString(segment)} as segment from (${numbered})
        where part between ${first} and ${last} order by ${order}`,
      ...{ schema, rowGroupRows: ROW_GROUP_ROWS, constants: { segment } },
      absent: new Set(schema.fields.map(({ name }) => name).filter(name => !names.has(name))),
    }
    const path = `${folder}.parquet`
    // One alone is written as its rows come, and not held until the last of them is there.
    const written =
      first === last
        ? [{ part: first, path, facts: await writeParquetFile(engine, { ...rows, path }) }]
        : await writeParquetParts(engine, { ...rows, folder, part: 'part' })
    const files: DataFile[] = []
    for (const [i, part] of parts.slice(first - 1, last).entries()) {
      const file = written.find(each => each.part === first + i)
      if (file?.facts.recordCount !== part.rows)
        throw new Error(`${file?.facts.recordCount} of the ${part.rows} rows of part ${first + i} are in its file`)
      check()
      files.push(await putPart(part, file.facts, file.path, layout))
    }
    return files
  } finally {
    for (const left of [folder, `${folder}.parquet`]) await rm(left, { recursive: true, force: true })
  }
}

async function putPart(
  { partition }: Part,
  facts: ParquetFacts,
  path: string,
  { table, segment }: Layout,
): Promise<DataFile> {
  const { metadata, store } = table
  const key = `${dataFolder(table)}/${partFolder(partition)}/${partName(segment)}`
  await store.putFile(key, path)
  return {
    ...facts,
    path: recordedPath(table, key),
    partition,
    specId: currentSpec(metadata)['spec-id'],
    sortOrderId: metadata['default-sort-order-id'],
  }
}

const ROW_GROUP_ROWS = 30_720

/** `part_20260120T10_00042.parquet`, of `segment_20260120T10_00042` */
const partName = (segment: string): string =>
  `${formatSegmentName(parseSegmentName(segment)).replace(/^segment_/, 'part_')}.parquet`

/** `product_id=BTC-USD/date=2026-01-20` */
const partFolder = (partition: Part['partition']): string =>
  Object.entries(partition)
    .map(([column, value]) => hiveFolder(column, value))
    .join('/')
