import { expect, test } from 'vitest'
import type { Table, TableSpec } from '../../src/iceberg/catalog.js'
import { changeTable } from '../../src/iceberg/commit.js'
import type { DataFile } from '../../src/iceberg/dataFile.js'
import { expireSnapshots } from '../../src/iceberg/expireSnapshots.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { removeOrphans } from '../../src/iceberg/findOrphans.js'
import { planFiles } from '../../src/iceberg/plan.js'
import { rewriteManifests } from '../../src/iceberg/rewriteManifests.js'
import { readWithDuckDB, readWithPyiceberg } from '../oracles/independentReaders.js'
import { describeWithOracles } from '../oracles/oracles.js'
import { RealLake, SCHEMA } from './realTable.js'

const SPEC: TableSpec = {
  name: 'objects_v1',
  schema: SCHEMA,
  partitionFields: ['connector', 'dt', 'import_id'].map(column => ({ name: column, column, transform: 'identity' })),
  sortOrder: [],
  properties: {},
}

const rowsOf = (importId: string) => `select 'photos' as connector, date '2026-01-20' as dt, '${importId}' as import_id,
  '${importId}/' || i as key, i as size, 0 as depth, 0.5 as share, true as is_latest,
  timestamp '2026-01-01' as last_modified, i * 1.25 as price, null as note from range(20) t(i)`

describeWithOracles('other readers', () => {
  test('see the same rows, and skip as many files, after each step of upkeep', async () => {
    const lake = await RealLake.open()
    try {
      const effects = { now: () => new Date(), signal: new AbortController().signal }
      const catalog = filesCatalog(lake.store, effects)
      const created = await catalog.create(SPEC)
      for (const id of ['c', 'a', 'e', 'b', 'd']) {
        const add = [
          await lake.writeFile(created, id, rowsOf(id), { connector: 'photos', dt: '2026-01-20', import_id: id }),
        ]
        await changeTable(catalog, SPEC.name, async () => ({ operation: 'append', add, drop: () => false }), effects)
      }
      const isE = (file: DataFile) => file.partition.import_id === 'e'
      await changeTable(catalog, SPEC.name, async () => ({ operation: 'delete', add: [], drop: isE }), effects)
      await lake.writeFile(created, 'killed', rowsOf('killed'), {})

      const steps: (() => Promise<unknown>)[] = [
        () => rewriteManifests(catalog, SPEC.name, { least: 2, dryRun: false }, effects),
        () => expireSnapshots(catalog, SPEC.name, { keep: 1, graceMs: -1, dryRun: false }, effects),
        () => removeOrphans(catalog, SPEC.name, { graceMs: 0, dryRun: false }, effects),
      ]
      for (const step of steps) {
        await step()
        await expectRows((await catalog.load(SPEC.name)) ?? created, lake)
      }
      await expectRows((await catalog.load(SPEC.name)) ?? created, lake, 'c')
      const names: string[] = []
      for await (const { key } of lake.store.list('tables/')) names.push(key.slice('tables/objects_v1/'.length))
      expect(names.filter(name => name.startsWith('data/'))).toEqual(
        ['a', 'b', 'c', 'd'].map(id => `data/${id}.parquet`),
      )
      expect(names.filter(name => name.endsWith('.avro'))).toHaveLength(2)
    } finally {
      await lake.close()
    }
  })
})

async function expectRows(table: Table, lake: RealLake, only?: string): Promise<void> {
  const metadata = lake.metadataPath(table)
  const ids = only === undefined ? ['a', 'b', 'c', 'd'] : [only]
  const where = only === undefined ? '' : `import_id = '${only}'`
  const predicates = only === undefined ? [] : [{ column: 'import_id', op: '=' as const, value: only }]
  expect(await planFiles(table, predicates)).toHaveLength(ids.length)
  const expected = ids.flatMap(id => Array.from({ length: 20 }, (_, i) => `${id}/${i}`)).sort()
  for (const read of [await readWithPyiceberg(metadata, where), await readWithDuckDB(metadata, where || 'true')])
    expect([read.rows.map(row => String(row.key)).sort(), read.files]).toEqual([expected, ids.length])
}
