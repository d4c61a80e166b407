import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeParquetFile } from '../src/engine/parquetFile.js'
import type { TableSpec } from '../src/iceberg/catalog.js'
import { changeTable } from '../src/iceberg/commit.js'
import { filesCatalog } from '../src/iceberg/filesCatalog.js'
import { planFiles } from '../src/iceberg/plan.js'
import { FolderStore } from '../src/lake/folderStore.js'
import { stageDataFile } from '../src/snapshot/dataFiles.js'
import { openBenchEngine } from './benchImport.js'
import { printMeasured } from './measured.js'

// Appends rows so often to a table that others append to, too, from when there is a file `go`; with no appends, makes the
// table unless it is there, and tells what is in it: node commitsOnce.js FOLDER APPENDS
const ROWS = 100
const TABLE: TableSpec = {
  name: 'bench_v1',
  schema: {
    'schema-id': 0,
    type: 'struct',
    fields: [
      { id: 1, name: 'key', required: false, type: 'string' },
      { id: 2, name: 'size', required: false, type: 'long' },
    ],
  },
  partitionFields: [],
  sortOrder: [],
  properties: {},
}

const [folder = '', appends = '0'] = process.argv.slice(2)
const effects = { now: () => new Date() }
const catalog = filesCatalog(new FolderStore(folder), effects)
const table = await catalog.create(TABLE)
const { engine } = await openBenchEngine(join(folder, String(process.pid)), 'query')
if (Number(appends) > 0) {
  await writeFile(join(folder, `ready-${process.pid}`), '')
  while (!existsSync(join(folder, 'go'))) await sleep(10)
}
const startedAt = performance.now()
const usage = process.cpuUsage()
for (let i = 0; i < Number(appends); i++) {
  const path = join(folder, String(process.pid), 'rows.parquet')
  const select = `select 'k' || range as key, range as size from range(${ROWS})`
  const facts = await writeParquetFile(engine, { select, path, schema: TABLE.schema, rowGroupRows: 2048 })
  const file = await stageDataFile(table, `${process.pid}-${i}.parquet`, { path, facts }, {})
  const change = { operation: 'append' as const, add: [file], drop: () => false }
  await changeTable(catalog, TABLE.name, async () => change, effects)
}
const { user, system } = process.cpuUsage(usage)
const wallMs = performance.now() - startedAt
const now = await catalog.load(TABLE.name)
const files = now ? await planFiles(now, []) : []
engine.close()
printMeasured(
  startedAt,
  { wallMs, cpuMs: (user + system) / 1000 },
  { rows: files.reduce((sum, file) => sum + file.recordCount, 0), commits: now?.metadata.snapshots.length ?? 0 },
)
