import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine, Params, Row } from '../engine/engine.js'
import { writeParquetFile } from '../engine/parquetFile.js'
import { duckdbType, selectFiles } from '../engine/tableScan.js'
import type { Table } from '../iceberg/catalog.js'
import { changeTable } from '../iceberg/commit.js'
import { type Predicate, planFiles, resolveFile } from '../iceberg/plan.js'
import { locateFiles, stageDataFile } from './dataFiles.js'
import { type LakeEffects, selectLoaded } from './lakeTables.js'
import { compareSnapshotNames } from './snapshotName.js'
import { SNAPSHOTS } from './tables.js'

/** A row of `snapshots`, by its columns. Counts and bytes are bigint; times are UTC. */
export interface Receipt {
  readonly connector: string
  readonly dt: string
  readonly snapshot: string
  readonly import_id: string
  readonly source: 'inventory' | 'api'
  readonly scope: string
  readonly sample_rate: number | null
  readonly source_bucket: string
  readonly report_created_at: Date | null
  readonly manifest_key: string | null
  readonly manifest_checksum: string | null
  readonly file_format: string | null
  readonly file_count: bigint | null
  readonly row_count: bigint
  readonly rejected_row_count: bigint
  readonly ignored_fields: string
  readonly object_count: bigint
  readonly total_size_bytes: bigint
  readonly noncurrent_object_count: bigint
  readonly noncurrent_size_bytes: bigint
  readonly delete_marker_count: bigint
  readonly folder_count: bigint
  readonly base_snapshot: string | null
  readonly new_count: bigint | null
  readonly modified_count: bigint | null
  readonly touched_count: bigint | null
  readonly deleted_count: bigint | null
  readonly fingerprint_method: string
  readonly verified_by: string
  readonly list_requests: bigint
  readonly get_requests: bigint
  readonly bytes_read: bigint
  readonly duration_ms: bigint
  readonly peak_memory_bytes: bigint
  readonly engine: string
  readonly imported_by: string
  readonly imported_at: Date
  readonly version: string
}

/** What a snapshot is known by. */
export type SnapshotIdentity = Pick<Receipt, 'connector' | 'snapshot' | 'scope'>

/** All receipts, or those of one connector, newest snapshot first. */
export async function listReceipts(effects: LakeEffects, connector?: string): Promise<Receipt[]> {
  const table = await effects.catalog.load(SNAPSHOTS.name)
  return table ? readReceipts(table, effects.engine, connector) : []
}

/** The receipt of that snapshot, if it has been imported. */
export async function findReceipt(effects: LakeEffects, identity: SnapshotIdentity): Promise<Receipt | undefined> {
  return (await listReceipts(effects, identity.connector)).find(isOf(identity))
}

/** The snapshot that changes are told against: the newest earlier whole one of the same connector and scope. */
export async function findBase(effects: LakeEffects, identity: SnapshotIdentity): Promise<Receipt | undefined> {
  const receipts = await listReceipts(effects, identity.connector)
  return receipts.find(
    ({ snapshot, scope, sample_rate }) =>
      scope === identity.scope && sample_rate === null && compareSnapshotNames(snapshot, identity.snapshot) < 0,
  )
}

/** What became of an import: the receipt that counts now, and the one whose place it took. */
export interface ReceiptOutcome {
  readonly receipt: Receipt
  readonly replaced?: Receipt
}

/**
 * Makes an import count: its receipt takes the place of the one that the same snapshot had, in one commit.
 *
 * @param receipt asked for at each try, as it says how long the import took
 * @param keeps whether the receipt that is there now is to stay, and this import to count for nothing; asked at each try
 * @param effects folder: where the receipt's file is made; confirm: asked last before each try, and throws where the
 *   import must not count
 */
export async function commitReceipt(
  receipt: () => Receipt,
  keeps: (current: Receipt) => boolean,
  effects: LakeEffects & {
    readonly folder: string
    readonly now: () => Date
    readonly confirm?: () => Promise<void>
  },
): Promise<ReceiptOutcome> {
  const { catalog, engine, folder } = effects
  const path = join(folder, 'receipt.parquet')
  let outcome: ReceiptOutcome = { receipt: receipt() }
  const table = await catalog.create(SNAPSHOTS)
  const staged: string[] = []
  await changeTable(
    catalog,
    table.name,
    async table => {
      const mine = receipt()
      const current = (await readReceipts(table, engine, mine.connector)).find(isOf(mine))
      outcome = current ? { receipt: mine, replaced: current } : { receipt: mine }
      if (current && (current.import_id === mine.import_id || keeps(current))) {
        outcome = { receipt: current }
        return undefined
      }
      // The file of the old receipt goes; what else a compaction may have put into it is written again.
      const old = current ? await planFiles(table, [{ column: 'import_id', op: '=', value: current.import_id }]) : []
      const others = selectFiles(SNAPSHOTS.schema, locateFiles(table, old))
      const facts = await writeParquetFile(engine, {
        select: `${SELECT_RECEIPT} union all select * from (${others}) where import_id <> $replaced`,
        params: { ...toParams(mine), replaced: current?.import_id ?? '' },
        path,
        schema: SNAPSHOTS.schema,
        rowGroupRows: 2048,
      })
      const file = await stageDataFile(table, `${mine.import_id}-${randomUUID()}.parquet`, { path, facts }, {})
      staged.push(file.path)
      await effects.confirm?.()
      const going = new Set(old.map(file => file.path))
      return { operation: old.length > 0 ? 'overwrite' : 'append', add: [file], drop: ({ path }) => going.has(path) }
    },
    effects,
  )
  const counts = outcome.receipt.import_id === receipt().import_id ? staged.at(-1) : undefined
  for (const path of staged) if (path !== counts) await table.store.remove(resolveFile(table, path))
  await rm(path, { force: true })
  return outcome
}

const isOf =
  ({ connector, snapshot, scope }: SnapshotIdentity) =>
  (receipt: Receipt): boolean =>
    receipt.connector === connector && receipt.snapshot === snapshot && receipt.scope === scope

/** As {@link listReceipts}, of the table as it was loaded. */
export async function readReceipts(table: Table, engine: Engine, connector: string | undefined): Promise<Receipt[]> {
  const predicates: Predicate[] = connector === undefined ? [] : [{ column: 'connector', op: '=', value: connector }]
  const rows = await engine.rows(`select * from (${await selectLoaded(table, predicates)})`)
  return rows
    .map(toReceipt)
    .filter(receipt => connector === undefined || receipt.connector === connector)
    .sort(compareReceipts)
}

/** Newest snapshot first; of one time in the order of their connectors. */
export const compareReceipts = (a: Receipt, b: Receipt): number =>
  compareSnapshotNames(b.snapshot, a.snapshot) || (a.connector < b.connector ? -1 : 1)

/** The row has the columns of the table, whose types are those of the interface. */
const toReceipt = (row: Row): Receipt => row as unknown as Receipt

const SELECT_RECEIPT = `select ${SNAPSHOTS.schema.fields
  .map(({ name, type }) => `cast($${name} as ${duckdbType(type)}) as ${name}`)
  .join(', ')}`

const toParams = (receipt: Receipt): Params =>
  Object.fromEntries(
    Object.entries(receipt).map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]),
  )
