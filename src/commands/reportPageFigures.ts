import type { Connector } from '../config/connector.js'
import { NotFoundError, UsageError } from '../errors.js'
import { packageVersion } from '../packageFolder.js'
import { latestReceipts } from '../snapshot/currentSources.js'
import { connectorName } from '../snapshot/findSnapshot.js'
import { findLacking } from '../snapshot/knownColumns.js'
import { registerViews } from '../snapshot/lakeViews.js'
import { listReceipts, type Receipt } from '../snapshot/receipts.js'
import type { Names } from '../snapshot/redaction.js'
import { parseSnapshotName } from '../snapshot/snapshotName.js'
import { buildFolderTree, type MapRow } from '../ui/page/folderTree.js'
import type {
  AgeFigures,
  ClassFigures,
  GrowthFigures,
  MapFigures,
  NewestFigures,
  PageFigures,
} from '../ui/page/pageFigures.js'
import type { Context } from './globals.js'
import type { LakeSession } from './lakeSession.js'
import { allRows, createPageAsker, type PageAsker } from './reportPageAsker.js'
import { loadPageChanges } from './reportPageChanges.js'
import { loadPageCost } from './reportPageCost.js'

/**
 * What the page of a connector shows, by the models of `sql/reports`, all of one state of the lake.
 * @param wanted its name or GUID; may be left out where the lake has snapshots of one connector only
 * @param names what is shown for names: no other is in what comes back
 * @throws {UsageError} where several connectors could be meant
 * @throws {NotFoundError}
 */
export async function loadPageFigures(
  wanted: string | undefined,
  names: Names,
  context: Pick<Context, 'config' | 'now'>,
  session: LakeSession,
): Promise<PageFigures> {
  const connector = chooseConnector(wanted, context.config.connectors, await listReceipts(session))
  for (;;) {
    const figures = await loadOnce(connector, names, context, session)
    if (figures !== undefined) return figures
  }
}

function chooseConnector(wanted: string | undefined, declared: readonly Connector[], receipts: readonly Receipt[]) {
  if (wanted !== undefined) return connectorName(wanted, declared, receipts)
  const known = latestReceipts(receipts).map(({ connector }) => connector)
  const [first] = known
  if (known.length === 1 && first !== undefined) return first
  if (first === undefined)
    throw new NotFoundError({ subject: '--html', got: 'no snapshots yet', fix: 'stocktake import CONNECTOR' })
  throw new UsageError({
    subject: '--html',
    expected: `which connector: ${[...known].sort().join(', ')}`,
    got: 'none of them',
    fix: `stocktake report --html F ${first}`,
  })
}

/** `undefined` where an import has taken the place of the snapshot since it was begun. */
async function loadOnce(
  connector: string,
  names: Names,
  context: Pick<Context, 'config' | 'now'>,
  session: LakeSession,
): Promise<PageFigures | undefined> {
  const latest = await registerViews(['snapshots', 'folders_latest', 'objects_latest'], session)
  const receipt = latest.find(each => each.connector === connector)
  if (!receipt)
    throw new NotFoundError({
      subject: `connector ${connector}`,
      got: 'no snapshot of it yet',
      fix: `stocktake import ${connector}`,
    })
  const madeAt = context.now()
  const asker = createPageAsker(connector, names, { config: context.config, now: () => madeAt }, session)
  const unsized = await findUnsized(connector, session)
  const growth = await loadGrowth(unsized, asker)
  const cost = await loadPageCost(receipt, names, context, asker)
  const figures = {
    connector: names.connector(connector),
    bucket: names.bucket(connector, receipt.source_bucket),
    isRedacted: names.isRedacted,
    madeAt,
    version: packageVersion(),
    newest: await loadNewest(receipt, unsized, growth.rows, asker),
    map: await loadMap(receipt, names, asker),
    changes: await loadPageChanges(receipt, names, context.config.connectors, session),
    growth,
    classes: await loadClasses(cost.byClass, asker),
    ages: await loadAges(asker),
    cost,
  }
  const now = latestReceipts(await listReceipts(session)).find(each => each.connector === connector)
  return now?.import_id === receipt.import_id ? figures : undefined
}

/** The names of a connector's snapshots of the whole bucket that no sizes are known of; their sums are 0. */
async function findUnsized(connector: string, session: LakeSession): Promise<ReadonlySet<string>> {
  const unsized = new Set<string>()
  for (const receipt of await listReceipts(session, connector)) {
    const { scope, object_count, total_size_bytes } = receipt
    if (scope !== '' || object_count === 0n || total_size_bytes > 0n) continue
    if ((await findLacking(receipt, session)).includes('size')) unsized.add(receipt.snapshot)
  }
  return unsized
}

async function loadNewest(
  receipt: Receipt,
  unsized: ReadonlySet<string>,
  growth: readonly GrowthRow[],
  { ask }: PageAsker,
): Promise<NewestFigures> {
  const { rows, sql } = await ask('freshness')
  const [row] = await allRows<FreshnessRow>(rows)
  const newest = growth.find(({ snapshot }) => snapshot === receipt.snapshot)
  return {
    sql,
    snapshot: receipt.snapshot,
    takenAt: parseSnapshotName(receipt.snapshot),
    source: receipt.source,
    objectCount: row?.object_count ?? receipt.object_count,
    sizeBytes: unsized.has(receipt.snapshot) ? null : (row?.total_size_bytes ?? receipt.total_size_bytes),
    ...(newest?.noncurrent_object_count != null &&
      newest.noncurrent_size_bytes != null && {
        noncurrent: {
          objectCount: newest.noncurrent_object_count,
          sizeBytes:
            unsized.has(receipt.snapshot) && newest.noncurrent_object_count > 0n ? null : newest.noncurrent_size_bytes,
        },
      }),
    ageMs: Number(row?.age_ms ?? 0n),
    ...(row?.freshness != null && { freshness: row.freshness }),
    ...(receipt.sample_rate !== null && { sampleRate: receipt.sample_rate }),
    rejectedRowCount: receipt.rejected_row_count,
  }
}

async function loadMap(receipt: Receipt, names: Names, { ask }: PageAsker): Promise<MapFigures> {
  const by = receipt.total_size_bytes > 0n ? 'bytes' : 'objects'
  const { rows, sql } = await ask('treemap', { by })
  const root = buildFolderTree(await allRows<MapRow>(rows), receipt.connector, names)
  const takenAt = parseSnapshotName(receipt.snapshot)
  return { sql, by, ...(root && { root }), folderCount: receipt.folder_count, takenAt }
}

async function loadGrowth(
  unsized: ReadonlySet<string>,
  { ask }: PageAsker,
): Promise<GrowthFigures & { readonly rows: readonly GrowthRow[] }> {
  const { rows, sql } = await ask('growth')
  const found = await allRows<GrowthRow>(rows)
  const isSized = (row: GrowthRow | undefined): boolean => row !== undefined && !unsized.has(row.snapshot)
  const points = found.map((row, i) => ({
    snapshot: row.snapshot,
    takenAt: parseSnapshotName(row.snapshot),
    objectCount: row.object_count,
    objectChange: row.object_change_count,
    sizeBytes: isSized(row) ? row.total_size_bytes : null,
    sizeChange: isSized(row) && isSized(found[i - 1]) ? row.total_size_change_bytes : null,
  }))
  return { sql, points, rows: found }
}

async function loadClasses(monthUsd: ReadonlyMap<string | null, number>, { ask }: PageAsker): Promise<ClassFigures> {
  const { rows, sql } = await ask('classes')
  const found = (await allRows<StoredClassRow>(rows)).map(row => ({
    storageClass: row.storage_class,
    objectCount: row.object_count,
    sizeBytes: row.total_size_bytes,
    sizeShare: row.size_share,
    noncurrentSizeBytes: row.noncurrent_size_bytes,
    monthUsd: monthUsd.get(row.storage_class) ?? null,
  }))
  return { sql, rows: found }
}

async function loadAges({ ask }: PageAsker): Promise<AgeFigures> {
  const { rows, sql } = await ask('ages')
  const found = (await allRows<StoredAgeRow>(rows)).map(row => ({
    age: row.age,
    objectCount: row.object_count,
    sizeBytes: row.total_size_bytes,
    sizeShare: row.size_share,
    objectShare: row.object_share,
  }))
  return { sql, rows: found }
}

interface FreshnessRow {
  readonly age_ms: bigint | null
  readonly freshness: string | null
  readonly object_count: bigint | null
  readonly total_size_bytes: bigint | null
}

interface GrowthRow {
  readonly snapshot: string
  readonly object_count: bigint
  readonly object_change_count: bigint | null
  readonly total_size_bytes: bigint
  readonly total_size_change_bytes: bigint | null
  readonly noncurrent_object_count: bigint | null
  readonly noncurrent_size_bytes: bigint | null
}

interface StoredClassRow {
  readonly storage_class: string | null
  readonly object_count: bigint
  readonly total_size_bytes: bigint | null
  readonly size_share: number | null
  readonly noncurrent_size_bytes: bigint | null
}

interface StoredAgeRow {
  readonly age: string
  readonly object_count: bigint
  readonly object_share: number
  readonly total_size_bytes: bigint | null
  readonly size_share: number | null
}
