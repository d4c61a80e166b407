import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeParquetFile } from '../engine/parquetFile.js'
import { selectFiles } from '../engine/tableScan.js'
import type { Table } from '../iceberg/catalog.js'
import { changeTable } from '../iceberg/commit.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { currentSchema } from '../iceberg/metadata.js'
import { planFiles, resolveFile } from '../iceberg/plan.js'
import { locateFiles, stageDataFile } from '../snapshot/dataFiles.js'
import { GAPS } from '../snapshot/tables.js'
import type { AppendEffects } from './appendRows.js'
import { selectModel, timestampText } from './reconcileModel.js'

export interface ThinOptions {
  /** Rows of days that were over so long ago are thinned, milliseconds. */
  readonly afterMs: number
  /** Fewer rows than that aren't worth a file written anew. */
  readonly least: number
  readonly dryRun: boolean
  /** What ages are told by; now unless given. */
  readonly at?: Date
}

/**
 * Leaves of the rows of long past days only the first and the last of each gap and day, and what says that one is gone or
 * there again. A run has a row for each gap that is open: hourly ones of a thousand gaps are nine million in a year, of which
 * the view `gaps` shows the newest thousand.
 * @returns how many rows went, or would
 */
export async function thinGaps(options: ThinOptions, effects: AppendEffects): Promise<number> {
  const { afterMs, least, dryRun, at = effects.now() } = options
  const table = await effects.catalog.load(GAPS.name)
  if (!table) return 0
  const since = new Date(Math.floor((at.getTime() - afterMs) / DAY_MS) * DAY_MS)
  const first = await planThin(table, since, effects)
  if (first.going < Math.max(1, least)) return 0
  if (dryRun) return first.going
  const folder = await mkdtemp(join(effects.engine.tempFolder, 'gaps-'))
  const staged: DataFile[] = []
  let going = 0
  try {
    await changeTable(
      effects.catalog,
      GAPS.name,
      async current => {
        const plan = await planThin(current, since, effects)
        going = plan.going
        if (going === 0) return undefined // another was first
        const file = await stageRows(current, plan.select, folder, effects)
        staged.push(file)
        const old = new Set(plan.files.map(({ path }) => path))
        return { operation: 'overwrite', add: [file], drop: ({ path }) => old.has(path) }
      },
      effects,
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  const counts = going > 0 ? staged.at(-1) : undefined
  for (const { path } of staged) if (path !== counts?.path) await table.store.remove(resolveFile(table, path))
  return going
}

const DAY_MS = 86_400_000

interface Thin {
  /** All that hold rows of the days. */
  readonly files: readonly DataFile[]
  /** A SELECT of their rows that stay. */
  readonly select: string
  readonly going: number
}

async function planThin(table: Table, since: Date, { engine }: AppendEffects): Promise<Thin> {
  const files = await planFiles(table, [{ column: 'run_at', op: '<', value: timestampText(since) }])
  const stored = selectFiles(currentSchema(table.metadata), locateFiles(table, files))
  const select = selectModel('gaps_that_stay', { since: timestampText(since) }, { [GAPS.name]: stored })
  const [kept] = await engine.rows(`select count(*) as n from (${select})`)
  return { files, select, going: countRows(files) - Number(kept?.n) }
}

const countRows = (files: readonly DataFile[]): number => files.reduce((sum, { recordCount }) => sum + recordCount, 0)

async function stageRows(table: Table, select: string, folder: string, { engine }: AppendEffects): Promise<DataFile> {
  const name = `thinned-${randomUUID()}.parquet`
  const path = join(folder, name)
  const schema = currentSchema(table.metadata)
  const facts = await writeParquetFile(engine, { select, path, schema, rowGroupRows: ROW_GROUP_ROWS })
  return stageDataFile(table, name, { path, facts }, {})
}

/** As a run writes them. */
const ROW_GROUP_ROWS = 20_000
