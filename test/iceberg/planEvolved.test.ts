import { describe, expect, test } from 'vitest'
import { parseAvro } from '../../src/iceberg/avro.js'
import type { Catalog, PartitionFieldSpec, Table } from '../../src/iceberg/catalog.js'
import { changeMetadata } from '../../src/iceberg/changeMetadata.js'
import { changeTable } from '../../src/iceberg/commit.js'
import type { DataFile } from '../../src/iceberg/dataFile.js'
import { UnknownColumnError } from '../../src/iceberg/errors.js'
import { evolveSchema, type SchemaChange } from '../../src/iceberg/evolveSchema.js'
import { evolveSpec } from '../../src/iceberg/evolveSpec.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { formatManifest } from '../../src/iceberg/manifest.js'
import { currentSchema, type TableMetadata } from '../../src/iceberg/metadata.js'
import { makeSchema } from '../../src/iceberg/newSchema.js'
import { type Predicate, planFiles } from '../../src/iceberg/plan.js'
import { rewriteManifests } from '../../src/iceberg/rewriteManifests.js'
import type { PrimitiveType } from '../../src/iceberg/schema.js'
import { encodeSingleValue, type Value } from '../../src/iceberg/singleValue.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { dataFile } from './examples.js'

const NAME = 'dev.sales'
const effects = { now: () => new Date(0), signal: new AbortController().signal }
const identity = (...columns: string[]): PartitionFieldSpec[] =>
  columns.map(column => ({ name: column, column, transform: 'identity' }))

/** A table of sales by year, whose ids are ints; to be evolved. */
async function makeTable(type: PrimitiveType = 'int') {
  const column = (name: string, of: PrimitiveType) => ({ name, type: of, required: false })
  const catalog = filesCatalog(new MemoryStore('s3://b/lake'), effects)
  const schema = makeSchema([column('id', 'int'), column('tenant', 'string'), column('year', type)])
  await catalog.create({ name: NAME, schema, partitionFields: identity('year'), sortOrder: [], properties: {} })
  return catalog
}

const append = (catalog: Catalog, name: string, more: Partial<DataFile>): Promise<Table> => {
  const plan = async (table: Table) => {
    const file = dataFile(table, name, { specId: table.metadata['default-spec-id'], ...more })
    return { operation: 'append' as const, add: [file], drop: () => false }
  }
  return changeTable(catalog, NAME, plan, effects)
}

const evolve = (catalog: Catalog, ...changes: SchemaChange[]) =>
  changeMetadata(catalog, NAME, table => evolveSchema(table.metadata, changes, new Date(0)), effects)
const repartition = (catalog: Catalog, fields: PartitionFieldSpec[]) =>
  changeMetadata(catalog, NAME, table => evolveSpec(table.metadata, fields, new Date(0)), effects)

const bounds = (type: PrimitiveType, lower: Value, upper: Value): Partial<DataFile> => ({
  lowerBounds: new Map([[1, encodeSingleValue(type, lower)]]),
  upperBounds: new Map([[1, encodeSingleValue(type, upper)]]),
})

async function planned(table: Table, column: string, value: Value, snapshotId?: bigint): Promise<string[]> {
  const predicates: Predicate[] = [{ column, op: '=', value }]
  const files = await planFiles(table, predicates, snapshotId === undefined ? {} : { snapshotId })
  return files.map(file => /(\w+)\.parquet/.exec(file.path)?.[1] ?? '').sort()
}

describe('files are pruned', () => {
  test('by the spec and the types that they were written with', async () => {
    const catalog = await makeTable()
    await append(catalog, 'a', { partition: { year: 2025 }, ...bounds('int', 1, 9) })
    const old = await append(catalog, 'b', { partition: { year: 2026 }, ...bounds('int', 10, 19) })
    await evolve(
      catalog,
      { kind: 'widen', name: 'id', type: 'long' },
      { kind: 'widen', name: 'year', type: 'long' },
      { kind: 'rename', name: 'year', to: 'sold_year' },
    )
    await append(catalog, 'c', { partition: { year: 2026n }, ...bounds('long', 20n, 2n ** 40n) })
    await repartition(catalog, identity('tenant', 'sold_year'))
    await append(catalog, 'd', { partition: { tenant: 't1', sold_year: 2026n }, ...bounds('long', 30n, 39n) })
    await repartition(catalog, [{ name: 'id_bucket', column: 'id', transform: 'bucket[4]' }])
    await append(catalog, 'e', { partition: { id_bucket: 3 }, ...bounds('long', 34n, 34n) })

    const check = async (table: Table) => {
      expect(await planned(table, 'sold_year', 2025)).toEqual(['a', 'e'])
      expect(await planned(table, 'sold_year', 2026)).toEqual(['b', 'c', 'd', 'e'])
      expect(await planned(table, 'tenant', 't2')).toEqual(['a', 'b', 'c', 'e'])
      expect(await planned(table, 'id', 34)).toEqual(['c', 'd', 'e'])
      expect(await planned(table, 'id', 2n ** 35n)).toEqual(['c'])
      await expect(planned(table, 'year', 2025)).rejects.toThrow(UnknownColumnError)
      // Time travel: by the names and types of then.
      const then = old.metadata['current-snapshot-id']
      expect(await planned(table, 'year', 2025, then)).toEqual(['a'])
      expect(await planned(table, 'id', 12, then)).toEqual(['b'])
      await expect(planned(table, 'sold_year', 2025, then)).rejects.toThrow(UnknownColumnError)
    }
    await check((await catalog.load(NAME)) ?? old)
    const merged = await rewriteManifests(catalog, NAME, { least: 2, dryRun: false }, effects)
    expect(merged).toEqual({ before: 5, after: 3 })
    await check((await catalog.load(NAME)) ?? old)
  })

  test.each<[PrimitiveType, PrimitiveType, Value, Value]>([
    ['int', 'long', -1, -1n],
    ['float', 'double', 0.5, 0.5],
    ['decimal(4,2)', 'decimal(20,2)', '12.50', 1250n],
  ])('by partition values of a %s that came to be a %s', async (from, to, given, read) => {
    const catalog = await makeTable(from)
    await append(catalog, 'a', { partition: { year: given } })
    await evolve(catalog, { kind: 'widen', name: 'year', type: to })
    const table = await append(catalog, 'b', { partition: { year: given } })
    expect((await planFiles(table, [])).map(file => file.partition)).toEqual([{ year: read }, { year: read }])
    expect(await planned(table, 'year', given)).toEqual(['a', 'b'])
    expect(await planned(table, 'year', '3')).toEqual([])
    const first = table.metadata.snapshots[0]?.['snapshot-id']
    expect(await planned(table, 'year', given, first)).toEqual(['a'])
    expect(await planned(table, 'year', '3', first)).toEqual([])
  })
})

/** Other engines drop what only older specs are made of. */
function dropAsOthersDo(metadata: TableMetadata, name: string): TableMetadata {
  const schema = currentSchema(metadata)
  const fields = schema.fields.filter(field => field.name !== name)
  return { ...metadata, 'current-schema-id': 9, schemas: [...metadata.schemas, { ...schema, fields, 'schema-id': 9 }] }
}

test('a dropped column stays in the manifests of the specs that it was in, for readers to bind', async () => {
  const catalog = await makeTable()
  await append(catalog, 'a', { partition: { year: 2025 } })
  await append(catalog, 'b', { partition: { year: 2026 } })
  await repartition(catalog, [])
  await evolve(catalog, { kind: 'add', name: 'x', type: 'int' })
  await changeMetadata(catalog, NAME, ({ metadata }) => dropAsOthersDo(metadata, 'year'), effects)
  await append(catalog, 'c', { partition: {} })
  const table = await append(catalog, 'd', { partition: {} })
  const columnsIn = (specId: number): string[] => {
    const { header } = parseAvro(formatManifest(table.metadata, specId, []), new Map(), 'm')
    return JSON.parse(header.get('schema') ?? '').fields.map((field: { name: string }) => field.name)
  }
  expect(columnsIn(0)).toEqual(['id', 'tenant', 'year', 'x'])
  expect(columnsIn(1)).toEqual(['id', 'tenant', 'x'])
  expect(await rewriteManifests(catalog, NAME, { least: 2, dryRun: false }, effects)).toEqual({ before: 4, after: 2 })
  const files = await planFiles((await catalog.load(NAME)) ?? table, [])
  expect(files.map(file => file.partition)).toEqual([{}, {}, { year: 2025 }, { year: 2026 }])
})
