import { afterAll, beforeAll, expect, test } from 'vitest'
import { rollBack } from '../../src/iceberg/ancestry.js'
import type { Catalog, PartitionFieldSpec, Table } from '../../src/iceberg/catalog.js'
import { changeMetadata } from '../../src/iceberg/changeMetadata.js'
import { changeTable } from '../../src/iceberg/commit.js'
import { evolveSchema, type SchemaChange } from '../../src/iceberg/evolveSchema.js'
import { evolveSpec } from '../../src/iceberg/evolveSpec.js'
import { expireSnapshots } from '../../src/iceberg/expireSnapshots.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { currentSchema, type TableMetadata } from '../../src/iceberg/metadata.js'
import { makeSchema } from '../../src/iceberg/newSchema.js'
import type { PartitionValue } from '../../src/iceberg/partitionSpec.js'
import { type Predicate, planFiles } from '../../src/iceberg/plan.js'
import { rewriteManifests } from '../../src/iceberg/rewriteManifests.js'
import { parseTypeText } from '../../src/iceberg/typeText.js'
import { readWithDuckDB, readWithPyiceberg } from '../oracles/independentReaders.js'
import { describeWithOracles } from '../oracles/oracles.js'
import { RealLake } from './realTable.js'

const effects = { now: () => new Date(), signal: new AbortController().signal }
const NAME = 'sales_dev.sales'
const column = (name: string, type: string, required = false) => ({ name, type: parseTypeText(type, name), required })
const SCHEMA = makeSchema([
  column('id', 'int', true),
  column('tenant', 'string', true),
  column('sold_date', 'timestamp'),
  column('price', 'decimal(9,2)'),
  column('share', 'float'),
  column('note', 'string'),
  column('year', 'int'),
])
const partitionedBy = (...fields: string[]): PartitionFieldSpec[] =>
  fields.map(field => {
    const [source = '', transform = 'identity'] = field.split(' ')
    return {
      name: transform === 'identity' ? source : `${source}_${transform.replace(/\W.*/, '')}`,
      column: source,
      transform,
    }
  })

/** Ten sales from a number on, in a year; columns of any of the schemas. */
const salesOf = (from: number, year: number) => `
  select i as id, i as number, 'tenant-' || i % 2 as tenant, 'tenant-' || i % 2 as client,
    make_timestamp(${year}, 3, 5, 1, 2, 3.25) as sold_date, i * 1.25 as price, i / 4 as share,
    'note ' || i as note, 'note ' || i as remark, ${year} as year, ${year} as sold_year, [i, null, 0.5] as tags
  from range(${from}, ${from + 10}) t(i)`

describeWithOracles('other readers of a table whose schema and partition spec change', () => {
  let lake: RealLake
  let catalog: Catalog
  let table: Table

  beforeAll(async () => {
    lake = await RealLake.open()
    catalog = filesCatalog(lake.store, effects)
    const partitionFields = partitionedBy('year')
    table = await catalog.create({ name: NAME, schema: SCHEMA, partitionFields, sortOrder: [], properties: {} })
  })
  afterAll(() => lake.close())

  const append = async (from: number, year: number, partition: Record<string, PartitionValue>, only = 'true') => {
    const written = { schema: currentSchema(table.metadata), specId: table.metadata['default-spec-id'] }
    const query = `select * from (${salesOf(from, year)}) where ${only}`
    const add = [await lake.writeFile(table, `f${from}-${crypto.randomUUID()}`, query, partition, written)]
    table = await changeTable(catalog, NAME, async () => ({ operation: 'append', add, drop: () => false }), effects)
  }
  const change = async (by: (metadata: TableMetadata) => TableMetadata) => {
    table = await changeMetadata(catalog, NAME, ({ metadata }) => by(metadata), effects)
  }
  const evolve = (...changes: SchemaChange[]) => change(metadata => evolveSchema(metadata, changes, effects.now()))
  const repartition = (...fields: string[]) =>
    change(metadata => evolveSpec(metadata, partitionedBy(...fields), effects.now()))

  /** That all see the same numbers in a column, for a condition, in as many files. */
  async function expectNumbers(
    of: string,
    numbers: number[],
    where = '',
    predicates: Predicate[] = [],
    files?: number[],
  ) {
    const path = lake.metadataPath(table)
    const reads = await Promise.all([readWithPyiceberg(path, where), readWithDuckDB(path, where || 'true')])
    const planned = (await planFiles(table, predicates)).length
    for (const { rows } of reads) expect(rows.map(row => Number(row[of])).sort((a, b) => a - b)).toEqual(numbers)
    expect([planned, ...reads.map(read => read.files)]).toEqual(files ?? [planned, planned, planned])
    return reads.map(({ rows }) => rows.toSorted((a, b) => Number(a[of]) - Number(b[of])))
  }
  const from = (start: number, count: number) => Array.from({ length: count }, (_, i) => start + i)

  test('see all rows after each change, and skip the files that they should', async () => {
    await append(0, 2025, { year: 2025 })
    await append(10, 2026, { year: 2026 })

    // Columns: added, renamed, widened, made optional. Old files have the old types, and lack what is new.
    await evolve(
      { kind: 'add', name: 'tags', type: parseTypeText('list<double>', 'tags'), doc: 'of the item' },
      { kind: 'rename', name: 'note', to: 'remark' },
      { kind: 'rename', name: 'id', to: 'number' },
      { kind: 'widen', name: 'number', type: 'long' },
      { kind: 'widen', name: 'price', type: 'decimal(12,2)' },
      { kind: 'widen', name: 'share', type: 'double' },
      { kind: 'widen', name: 'year', type: 'long' },
      { kind: 'relax', name: 'tenant' },
    )
    await append(20, 2026, { year: 2026 })
    const evolved = table.metadata['current-snapshot-id']
    const reads = await expectNumbers('number', from(0, 30))
    for (const rows of reads) {
      expect([rows[3]?.remark, String(rows[3]?.price), Number(rows[3]?.share)]).toEqual(['note 3', '3.75', 0.75])
      expect([rows[3]?.tags, rows[23]?.tags]).toEqual([null, [23, null, 0.5]])
    }
    const inYear = (column: string, year: number): Predicate[] => [{ column, op: '=', value: year }]
    const expensive: Predicate[] = [{ column: 'price', op: '>', value: '20.50' }]
    await expectNumbers('number', [17, 18, 19, ...from(20, 10)], 'price > 20.50 and year = 2026', [
      ...expensive,
      ...inYear('year', 2026),
    ])

    // A partition column is renamed, and the spec gets the tenant before the year.
    await evolve({ kind: 'rename', name: 'year', to: 'sold_year' })
    await repartition('tenant', 'sold_year')
    await append(30, 2027, { tenant: 'tenant-0', sold_year: 2027 }, "tenant = 'tenant-0'")
    await append(30, 2027, { tenant: 'tenant-1', sold_year: 2027 }, "tenant = 'tenant-1'")
    await expectNumbers('number', [31, 33, 35, 37, 39], "tenant = 'tenant-1' and sold_year = 2027", [
      { column: 'tenant', op: '=', value: 'tenant-1' },
      ...inYear('sold_year', 2027),
    ])

    // Every other transform, in one spec. murmur3 of the long 34 is 2017239379 (spec, Appendix B): bucket 3 of 4.
    const transforms = ['number bucket[4]', 'sold_date month', 'sold_date day', 'sold_date hour']
    await repartition(...transforms, 'tenant truncate[3]', 'price truncate[50]')
    const days = Date.UTC(2028, 2, 5) / 86_400_000
    const partition = {
      number_bucket: 3,
      sold_date_month: (2028 - 1970) * 12 + 2,
      sold_date_day: days,
      sold_date_hour: days * 24 + 1,
      tenant_truncate: 'ten',
      price_truncate: '42.50',
    }
    await append(30, 2028, partition, 'number = 34')
    await expectNumbers(
      'number',
      [34],
      "number = 34 and price = 42.50 and tenant = 'tenant-0' and sold_date >= '2028-03-05T01:00:00'",
      [
        { column: 'number', op: '=', value: 34 },
        { column: 'sold_date', op: '>=', value: '2028-03-05T01:00:00' },
      ],
    )

    // Manifests of three specs merge each with its own.
    await rewriteManifests(catalog, NAME, { least: 2, dryRun: false }, effects)
    table = (await catalog.load(NAME)) ?? table
    await expectNumbers('number', [...from(0, 34), 34, ...from(34, 6)])

    // Back to a snapshot before, on to another, and without what came before.
    await change(metadata => rollBack(metadata, evolved, effects.now()))
    await repartition()
    await append(40, 2029, {})
    await expireSnapshots(catalog, NAME, { keep: 1, graceMs: -1, dryRun: false }, effects)
    table = (await catalog.load(NAME)) ?? table
    await expectNumbers('number', [...from(0, 30), ...from(40, 10)])
  })
})
