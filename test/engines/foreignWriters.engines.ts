import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { UnsupportedTableError } from '../../src/iceberg/errors.js'
import { removeOrphans } from '../../src/iceberg/findOrphans.js'
import { currentSchema } from '../../src/iceberg/metadata.js'
import { runPython } from '../oracles/oracles.js'
import { environmentFolder, hasEnvironment } from '../oracles/pythonEnvironment.js'
import { expectSameRows, type Filter, type Reader, readWithStocktake } from './readEverywhere.js'
import type { Read } from './readRows.js'
import { SalesTable, selectSales } from './salesTable.js'
import { runOnSpark } from './sparkServer.js'
import { sparkCatalog, sparkTable } from './sparkTable.js'
import { runOnTrino } from './trinoClient.js'
import { findTrinoMetadata, registerOnTrino } from './trinoIceberg.js'

const servers = { trino: inject('trino') ?? '', spark: inject('spark') ?? '' }
const isComplete = servers.trino !== '' && servers.spark !== '' && hasEnvironment(environmentFolder())

/** An engine that changes a table. */
interface Writer {
  /** Puts the rows in once more, with something before their first column's values. */
  append(prefix: string): Promise<void>
  /** Adds `rating`, renames `brand` to `label`, widens `sold_price` and `year`, drops `description`. */
  evolveColumns(): Promise<void>
  /** Adds the tenant, and a bucket of the product. */
  evolvePartitions(): Promise<void>
  delete(where: string): Promise<void>
}

type Run = (statement: (table: string) => string) => Promise<void>

/** @param run a statement over the name of the table */
const sqlWriter = (
  sales: SalesTable,
  run: Run,
  evolve: Pick<Writer, 'evolveColumns' | 'evolvePartitions'>,
): Writer => ({
  async append(prefix) {
    const [first, ...columns] = currentSchema((await sales.load()).metadata).fields.map(field => field.name)
    await run(t => `insert into ${t} select concat('${prefix}', ${first}), ${columns.join(', ')} from ${t}`)
  },
  ...evolve,
  delete: where => run(t => `delete from ${t} where ${where}`),
})

const FILTERS: readonly Filter[] = [
  { where: "tenant_id = 'tenant-2'", predicates: [{ column: 'tenant_id', op: '=', value: 'tenant-2' }] },
  { where: 'year = 2025', predicates: [{ column: 'year', op: '=', value: 2025 }] },
  { where: 'sold_price < 0', predicates: [{ column: 'sold_price', op: '<', value: '0' }] },
  {
    where: "product_id = 'twice product-with-a-long-name-000008😀'",
    predicates: [{ column: 'product_id', op: '=', value: 'twice product-with-a-long-name-000008😀' }],
  },
]

/** The rows once more, as `append` puts them in. */
const twice = ({ rows }: Read, prefix: string): string[] =>
  [...rows, ...rows.map(row => row.replace('["', `["${prefix}`))].sort()

const readHere = async (sales: SalesTable, filter?: Filter): Promise<Read> =>
  readWithStocktake(sales, await sales.load(), filter)

/** What holds whoever has written. */
function testWriter(
  name: Reader,
  make: (sales: SalesTable) => Writer,
  rest: (sales: () => SalesTable, expectSame: () => Promise<Read>) => void,
): void {
  let sales: SalesTable
  let writer: Writer
  beforeAll(async () => {
    sales = await SalesTable.create()
    writer = make(sales)
    await sales.insert(selectSales(0, 40))
  })
  afterAll(() => sales.close())

  /** What Stocktake sees is what the writer sees. */
  const expectSame = (): Promise<Read> => expectSameRows(sales, servers, { readers: [name] })

  test('appends', async () => {
    const before = await readHere(sales)
    await writer.append('again ')
    expect((await expectSame()).rows).toEqual(twice(before, 'again '))
  })

  test('evolves columns', async () => {
    const before = await readHere(sales)
    await writer.evolveColumns()
    const { columns, rows } = await expectSame()
    expect(rows).toHaveLength(before.rows.length)
    expect(columns).toEqual([...before.columns.flatMap(column => EVOLVED[column] ?? [column]), 'rating double'])
  })

  test('evolves partitions, and appends', async () => {
    await writer.evolvePartitions()
    const before = await readHere(sales)
    await writer.append('twice ')
    expect((await expectSame()).rows).toEqual(twice(before, 'twice '))
  })

  test.each(FILTERS)('where $where: files that are left out have no such rows', async ({ where, predicates }) => {
    const { rows } = await readHere(sales, { where, predicates: [] })
    expect(rows).not.toEqual([])
    expect((await readHere(sales, { where, predicates })).rows).toEqual(rows)
  })

  test('deletes a partition', async () => {
    const before = await readHere(sales)
    await writer.delete('year = 2025 and month = 1')
    const { rows } = await expectSame()
    expect(rows).toEqual(before.rows.filter(row => !row.includes('"2025"')))
  })

  test('sees what Stocktake inserts then', async () => {
    const before = await readHere(sales)
    await sales.insert(
      `select * exclude (brand, description), brand as label, 0.5::double as rating from (${selectSales(500, 12)})`,
    )
    const { rows } = await expectSame()
    expect(rows).toHaveLength(before.rows.length + 12)
    const where = "product_id = 'product-with-a-long-name-000505😀'"
    const found = await expectSameRows(sales, servers, { readers: [name], filter: { where, predicates: [] } })
    expect(found.rows).toHaveLength(1)
  })

  rest(() => sales, expectSame)
}

const EVOLVED: Readonly<Record<string, readonly string[]>> = {
  'brand string': ['label string'],
  'sold_price decimal(10,2)': ['sold_price decimal(18,2)'],
  'year int': ['year long'],
  'description string': [],
}

const isTenant0 = (row: string): boolean => row.includes('"tenant-0"')

describe.skipIf(!isComplete)('Stocktake reads a table to which', () => {
  describe('pyiceberg', () => {
    const change = async (sales: SalesTable, ...steps: object[]): Promise<void> => {
      const { store, metadataKey } = await sales.load()
      await runPython('change_table.py', [store.locate(metadataKey), JSON.stringify(steps)])
    }
    const make = (sales: SalesTable): Writer => ({
      append: prefix => change(sales, { append: prefix }),
      evolveColumns: () =>
        change(
          sales,
          { add: ['rating', 'double'] },
          { rename: ['brand', 'label'] },
          { widen: ['sold_price', 'decimal(18, 2)'] },
          { widen: ['year', 'long'] },
          { drop: 'description' },
        ),
      evolvePartitions: () =>
        change(sales, { partition: ['tenant_id', 'identity'] }, { partition: ['condition', 'identity'] }),
      delete: where => change(sales, { delete: where }),
    })
    testWriter('pyiceberg', make, (sales, expectSame) => {
      test('deletes rows, as it writes their files anew', async () => {
        const before = await readHere(sales())
        await change(sales(), { delete: "sold_price < 0 and tenant_id = 'tenant-0'" })
        const { rows } = await expectSame()
        expect(rows).toEqual(before.rows.filter(row => !(isTenant0(row) && row.includes('"-99999999.99"'))))
      })
    })
  })

  describe('Trino', () => {
    const runner =
      (sales: SalesTable): Run =>
      async statement => {
        const name = await registerOnTrino(servers.trino, await sales.load())
        await runOnTrino(servers.trino, statement(name))
        await sales.adopt(await findTrinoMetadata(servers.trino, name))
      }
    const make = (sales: SalesTable): Writer => {
      const run = runner(sales)
      return sqlWriter(sales, run, {
        async evolveColumns() {
          for (const change of [
            'add column rating double',
            'rename column brand to label',
            'alter column sold_price set data type decimal(18,2)',
            'alter column year set data type bigint',
            'drop column description',
          ])
            await run(t => `alter table ${t} ${change}`)
        },
        evolvePartitions: () =>
          run(
            t =>
              `alter table ${t} set properties partitioning = array['year', 'month', 'tenant_id', 'bucket(product_id, 4)']`,
          ),
      })
    }
    testWriter('Trino', make, (sales, expectSame) => {
      test('deletes rows: it is refused until the deletes are applied', async () => {
        const before = await readHere(sales())
        const run = runner(sales())
        await run(t => `delete from ${t} where sold_price < 0 and tenant_id = 'tenant-0'`)
        await expectRefused(sales())
        await run(t => `alter table ${t} execute optimize`)
        const { rows } = await expectSame()
        expect(rows).toEqual(before.rows.filter(row => !(isTenant0(row) && row.includes('"-99999999.99"'))))
      })
    })
  })

  describe('Spark', () => {
    const runner =
      (sales: SalesTable): Run =>
      async statement => {
        await runOnSpark(servers.spark, statement(await sparkTable(servers.spark, sales)))
      }
    const call = async (sales: SalesTable, procedure: string, args = ''): Promise<void> => {
      const catalog = await sparkCatalog(servers.spark, sales)
      await runOnSpark(servers.spark, `call ${catalog}.system.${procedure}(table => '\`${sales.name}\`'${args})`)
    }
    const make = (sales: SalesTable): Writer => {
      const run = runner(sales)
      return sqlWriter(sales, run, {
        async evolveColumns() {
          for (const change of [
            'add column rating double',
            'rename column brand to label',
            'alter column sold_price type decimal(18,2)',
            'alter column year type bigint',
            'drop column description',
          ])
            await run(t => `alter table ${t} ${change}`)
        },
        async evolvePartitions() {
          await run(t => `alter table ${t} add partition field tenant_id`)
          await run(t => `alter table ${t} add partition field bucket(4, product_id)`)
        },
      })
    }
    testWriter('Spark', make, (sales, expectSame) => {
      test('deletes rows, as it writes their files anew', async () => {
        const before = await readHere(sales())
        await runner(sales())(t => `delete from ${t} where sold_price < 0 and tenant_id = 'tenant-0'`)
        const { rows } = await expectSame()
        expect(rows).toEqual(before.rows.filter(row => !(isTenant0(row) && row.includes('"-99999999.99"'))))
      })

      test('deletes rows beside their files: it is refused until the deletes are applied', async () => {
        const before = await readHere(sales())
        const run = runner(sales())
        await run(t => `alter table ${t} set tblproperties ('write.delete.mode' = 'merge-on-read')`)
        await run(t => `delete from ${t} where sold_price > 99999999 and tenant_id = 'tenant-0'`)
        await expectRefused(sales())
        // Files that keep their sequence numbers would keep the deletes.
        const options = { 'rewrite-all': true, 'remove-dangling-deletes': true, 'use-starting-sequence-number': false }
        const pairs = Object.entries(options).flatMap(pair => pair.map(text => `'${text}'`))
        await call(sales(), 'rewrite_data_files', `, options => map(${pairs.join(', ')})`)
        const { rows } = await expectSame()
        expect(rows).toEqual(before.rows.filter(row => !(isTenant0(row) && row.includes('"99999999.99"'))))
      })

      test('goes back, expires and tidies up', async () => {
        const before = await readHere(sales())
        const kept = (await sales().load()).metadata['current-snapshot-id']
        await make(sales()).append('gone ')
        await call(sales(), 'rollback_to_snapshot', `, snapshot_id => ${kept}`)
        expect((await expectSame()).rows).toEqual(before.rows)
        await call(sales(), 'rewrite_manifests')
        await call(sales(), 'expire_snapshots', `, older_than => timestamp '2999-01-01 00:00:00', retain_last => 1`)
        await removeOrphans(sales().catalog, sales().name, { graceMs: 0, dryRun: false }, sales().effects)
        expect((await expectSame()).rows).toEqual(before.rows)
      })

      test('writes to a branch: that is not the table', async () => {
        const before = await readHere(sales())
        const run = runner(sales())
        await run(t => `alter table ${t} create branch trial`)
        await run(t => `insert into ${t}.branch_trial select * from ${t}`)
        expect((await expectSame()).rows).toEqual(before.rows)
      })

      test('takes in files without field ids: it is refused', async () => {
        const apart = await SalesTable.create()
        try {
          const folder = apart.store.locate('exported')
          const { columns } = await readHere(apart)
          const names = columns.map(column => column.split(' ')[0])
          await apart.engine.run(
            `copy (select ${names.join(', ')} from (${selectSales(0, 10)}))
            to '${folder}' (format parquet, partition_by (year, month), write_partition_columns true)`,
          )
          await call(apart, 'add_files', `, source_table => '\`parquet\`.\`file://${folder}\`'`)
          await expect(readHere(apart)).rejects.toThrow(/expected files with field ids/)
        } finally {
          await apart.close()
        }
      })

      test.each([
        ['ORC', "'write.format.default' = 'orc'", /ORC/i],
        ['format version 3', "'format-version' = '3'", /expected Iceberg format-version 2, got 3/],
      ])('goes on with %s: it is refused', async (_, property, reason) => {
        const run = runner(sales())
        await run(t => `alter table ${t} set tblproperties (${property})`)
        await run(t => `insert into ${t} select * from ${t} limit 1`)
        const refused = readHere(sales())
        await expect(refused).rejects.toThrow(UnsupportedTableError)
        await expect(refused).rejects.toThrow(reason)
      })
    })
  })
})

/** Neither read nor changed. */
async function expectRefused(sales: SalesTable): Promise<void> {
  await expect(readHere(sales)).rejects.toThrow(UnsupportedTableError)
  await expect(readHere(sales)).rejects.toThrow(/expected data files only, got delete files/)
  const { version } = await sales.load()
  await expect(sales.dropFiles('tenant_id', 'tenant-0')).rejects.toThrow(UnsupportedTableError)
  expect((await sales.load()).version).toBe(version)
}
