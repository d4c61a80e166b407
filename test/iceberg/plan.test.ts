import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { boundFromText, lowerStringBound, upperStringBound } from '../../src/iceberg/bounds.js'
import type { Table } from '../../src/iceberg/catalog.js'
import { changeTable } from '../../src/iceberg/commit.js'
import type { DataFile } from '../../src/iceberg/dataFile.js'
import { ColumnValueError, TableFormatError, UnknownColumnError } from '../../src/iceberg/errors.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { currentSnapshot } from '../../src/iceberg/metadata.js'
import { type Predicate, planFiles, resolveFile } from '../../src/iceberg/plan.js'
import { bindPredicate, mayMatch } from '../../src/iceberg/predicate.js'
import { encodeSingleValue } from '../../src/iceberg/singleValue.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { dataFile, SCHEMA, SPEC } from './examples.js'

const effects = { now: () => new Date(0) }
interface Row {
  readonly import_id: string
  readonly dt: string
  readonly key: string | null
  readonly size: number | null
  readonly share: number | null
}

/** The rows of a commit as the files they go into: one for each partition. */
function groupsOf(rows: readonly Row[]): Row[][] {
  const groups = new Map<string, Row[]>()
  for (const one of rows)
    groups.set(`${one.import_id} ${one.dt}`, [...(groups.get(`${one.import_id} ${one.dt}`) ?? []), one])
  return [...groups.values()]
}

/** A table with each group of rows in a file of its own, appended in one commit for each group of files. */
async function tableOf(commits: readonly (readonly Row[])[]): Promise<Table> {
  const catalog = filesCatalog(new MemoryStore(), effects)
  let table = await catalog.create(SPEC)
  for (const [i, rows] of commits.entries()) {
    const add = groupsOf(rows).map((group, j) => fileOf(table, `f${i}-${j}`, group))
    table = await changeTable(
      catalog,
      SPEC.name,
      async () => ({ operation: 'append', add, drop: () => false }),
      effects,
    )
  }
  return table
}

function fileOf(table: Table, name: string, rows: readonly Row[]): DataFile {
  const keys = rows.flatMap(row => row.key ?? []).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const sizes = rows.flatMap(row => row.size ?? []).sort((a, b) => a - b)
  const shares = rows.flatMap(row => row.share ?? [])
  const numbers = shares.filter(share => !Number.isNaN(share)).sort((a, b) => a - b)
  const hasNaN = numbers.length < shares.length
  const bounds = (at: 0 | -1) =>
    [
      [
        3,
        at === 0
          ? lowerStringBound(keys.at(0) ?? '')
          : keys.length > 0
            ? upperStringBound(keys.at(-1) ?? '')
            : undefined,
      ],
      [4, boundFromText('long', String(sizes.at(at)))],
      [5, at === -1 && hasNaN ? undefined : boundFromText('double', String(numbers.at(at)))],
    ] as const
  const known = (at: 0 | -1) =>
    new Map(bounds(at).flatMap(([id, bound]) => (bound && (id !== 3 || keys.length > 0) ? [[id, bound] as const] : [])))
  const count = rows.length
  return dataFile(table, name, {
    partition: { dt: rows[0]?.dt ?? null, import_id: rows[0]?.import_id ?? null },
    recordCount: count,
    valueCounts: new Map([3, 4, 5].map(id => [id, count])),
    nullValueCounts: new Map([
      [3, count - keys.length],
      [4, count - sizes.length],
      [5, count - shares.length],
    ]),
    nanValueCounts: hasNaN ? new Map() : new Map([[5, 0]]),
    lowerBounds: known(0),
    upperBounds: known(-1),
  })
}

/** The answer by SQL's rules, in the plainest words: NULL meets only is-null; NaN is above all numbers, and itself. */
function meets(row: Row, predicate: Predicate): boolean {
  const value = row[predicate.column as keyof Row]
  if (predicate.op === 'is-null') return value === null
  if (value === null) return false
  if ('values' in predicate) return predicate.values.some(one => order(value, one) === 0)
  if (!('value' in predicate)) return true
  if (predicate.op === 'starts-with') return String(value).startsWith(predicate.value)
  const sign = order(value, predicate.value)
  return { '=': sign === 0, '<': sign < 0, '<=': sign <= 0, '>': sign > 0, '>=': sign >= 0 }[predicate.op]
}
function order(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b))
  const [x, y] = [Number(a), Number(b)]
  if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y))
  return x < y ? -1 : x > y ? 1 : 0
}

const key = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', '\ue000', '😀', '\u{10ffff}'), maxLength: 20 }),
  fc.constantFrom('photos/2026/01/a-very-long-key-1', 'photos/2026/01/a-very-long-key-2'),
)
const size = fc.integer({ min: -3, max: 3 })
const share = fc.constantFrom(-1.5, -0, 0, 2.5, Infinity, Number.NaN)
const dt = fc.constantFrom('2026-01-13', '2026-01-20')
const importId = fc.constantFrom('i1', 'i2', 'i😀')
const row: fc.Arbitrary<Row> = fc.record({
  import_id: importId,
  dt,
  key: fc.option(key, { freq: 4 }),
  size: fc.option(size, { freq: 4 }),
  share: fc.option(share, { freq: 4 }),
})
const op = fc.constantFrom('=', '<', '<=', '>', '>=' as const)
const compare = (column: string, value: fc.Arbitrary<string | number>): fc.Arbitrary<Predicate> =>
  fc.oneof(
    fc.record({ column: fc.constant(column), op, value }) as fc.Arbitrary<Predicate>,
    fc.record({
      column: fc.constant(column),
      op: fc.constant('in' as const),
      values: fc.array(value, { maxLength: 3 }),
    }),
    fc.record({ column: fc.constant(column), op: fc.constantFrom('is-null' as const, 'not-null' as const) }),
  )
const predicate: fc.Arbitrary<Predicate> = fc.oneof(
  compare('import_id', importId),
  compare('dt', dt),
  compare('key', key),
  compare('size', size),
  compare('share', share),
  fc.record({ column: fc.constantFrom('key', 'import_id'), op: fc.constant('starts-with' as const), value: key }),
)

test('pruning changes which files are read, and never the rows', async () => {
  let pruned = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(row, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
      fc.array(predicate, { maxLength: 2 }),
      async (commits, predicates) => {
        const table = await tableOf(commits)
        const planned = new Set((await planFiles(table, predicates)).map(file => /f\d+-\d+/.exec(file.path)?.[0]))
        const all = commits.flatMap((rows, i) =>
          groupsOf(rows).map((group, j) => ({
            name: `f${i}-${j}`,
            group,
          })),
        )
        pruned += all.length - planned.size
        return all.every(
          ({ name, group }) => planned.has(name) || !group.some(of => predicates.every(one => meets(of, one))),
        )
      },
    ),
    { numRuns: 500 },
  )
  expect(pruned).toBeGreaterThan(100) // or else it proves nothing
})

describe('by what is known of a column', () => {
  const bytes = (value: string) => encodeSingleValue('string', value)
  const range = { mayHaveNull: true, mayHaveValue: true, mayHaveNaN: false, lower: bytes('b'), upper: bytes('d') }
  const match = (predicate: Predicate, of: Partial<typeof range> | { lower: undefined; upper: undefined } = {}) =>
    mayMatch({ ...range, ...of }, bindPredicate(SCHEMA, predicate))

  test.each<[Predicate, boolean]>([
    [{ column: 'key', op: '=', value: 'a' }, false],
    [{ column: 'key', op: '=', value: 'b' }, true],
    [{ column: 'key', op: '=', value: 'd' }, true],
    [{ column: 'key', op: '=', value: 'd ' }, false],
    [{ column: 'key', op: '<', value: 'b' }, false],
    [{ column: 'key', op: '<=', value: 'b' }, true],
    [{ column: 'key', op: '>', value: 'd' }, false],
    [{ column: 'key', op: '>=', value: 'd' }, true],
    [{ column: 'key', op: 'in', values: ['a', 'e'] }, false],
    [{ column: 'key', op: 'in', values: ['a', 'c'] }, true],
    [{ column: 'key', op: 'in', values: [] }, false],
    [{ column: 'key', op: 'starts-with', value: 'cc' }, true],
    [{ column: 'key', op: 'starts-with', value: 'e' }, false],
    [{ column: 'key', op: 'starts-with', value: 'ab' }, false],
    [{ column: 'key', op: 'starts-with', value: '' }, true],
    [{ column: 'key', op: 'is-null' }, true],
    [{ column: 'key', op: 'not-null' }, true],
  ])('values from b to d: %o is %s', (predicate, may) => expect(match(predicate)).toBe(may))

  test.each<[Predicate, boolean]>([
    [{ column: 'key', op: '=', value: 'a' }, true],
    [{ column: 'key', op: 'starts-with', value: 'a' }, true],
    [{ column: 'key', op: '<', value: 'a' }, true],
    [{ column: 'key', op: '>', value: 'a' }, true],
  ])('nothing: %o is %s', (predicate, may) =>
    expect(match(predicate, { lower: undefined, upper: undefined })).toBe(may),
  )

  test('only NULLs: nothing but is-null', () => {
    const nulls = { mayHaveValue: false, lower: undefined, upper: undefined }
    expect(match({ column: 'key', op: 'is-null' }, nulls)).toBe(true)
    expect(match({ column: 'key', op: 'not-null' }, nulls)).toBe(false)
    expect(match({ column: 'key', op: '=', value: 'a' }, nulls)).toBe(false)
  })

  test('a foreign bound that is cut within a character is compared by its bytes', () => {
    const cut = { lower: bytes('a'), upper: bytes('é').subarray(0, 1) }
    expect(match({ column: 'key', op: '=', value: 'z' }, cut)).toBe(true)
    expect(match({ column: 'key', op: '=', value: 'ê' }, cut)).toBe(false)
  })

  test('a column that was an int keeps its bounds when it is a long; fractions and big numbers compare too', () => {
    const ints = { ...range, lower: encodeSingleValue('int', 1), upper: encodeSingleValue('int', 9) }
    const may = (predicate: Predicate) => mayMatch(ints, bindPredicate(SCHEMA, predicate))
    expect(may({ column: 'size', op: '>', value: 9 })).toBe(false)
    expect(may({ column: 'size', op: '<', value: 1.5 })).toBe(true)
    expect(may({ column: 'size', op: '>', value: 2 ** 70 })).toBe(false)
    expect(may({ column: 'size', op: '=', value: '5' })).toBe(true)
  })
})

describe('a predicate that makes no sense is refused', () => {
  test.each<[Predicate, new (...args: never[]) => Error]>([
    [{ column: 'nope', op: 'is-null' }, UnknownColumnError],
    [{ column: 'size', op: 'starts-with', value: '1' }, ColumnValueError],
    [{ column: 'dt', op: '=', value: 'yesterday' }, ColumnValueError],
    [{ column: 'size', op: '=', value: true }, ColumnValueError],
  ])('%o', async (predicate, error) => {
    const table = await tableOf([])
    await expect(planFiles(table, [predicate])).rejects.toThrow(error)
  })
})

describe('a table whose files are not as they should be', () => {
  const rows = [{ import_id: 'i1', dt: '2026-01-20', key: 'a', size: 1, share: 1 }]

  test('a manifest list that is gone is named', async () => {
    const table = await tableOf([rows])
    await table.store.remove(resolveFile(table, currentSnapshot(table.metadata)?.['manifest-list'] ?? ''))
    await expect(planFiles(table, [])).rejects.toThrow(/expected its file .*snap-\d+/)
  })

  test('any manifest that is cut short is an error, and no table with fewer rows', async () => {
    const table = await tableOf([rows])
    for await (const { key: name } of table.store.list('tables/objects_v1/metadata/')) {
      if (!name.endsWith('.avro')) continue
      const bytes = await table.store.read(name)
      await table.store.put(name, bytes.subarray(0, bytes.length - 1))
      await expect(planFiles(table, [])).rejects.toThrow(TableFormatError)
      await table.store.put(name, bytes)
    }
    expect(await planFiles(table, [])).toHaveLength(1)
  })

  test('a transform that is not known prunes nothing', async () => {
    const table = await tableOf([rows])
    const specs = table.metadata['partition-specs'].map(spec => ({
      ...spec,
      fields: spec.fields.map(field => ({ ...field, transform: 'zorder' })),
    }))
    const changed = { ...table, metadata: { ...table.metadata, 'partition-specs': specs } }
    expect(await planFiles(changed, [{ column: 'import_id', op: '=', value: 'other' }])).toHaveLength(1)
    expect(await planFiles(changed, [{ column: 'key', op: '=', value: 'b' }])).toHaveLength(0)
  })

  test('time travel goes by the columns of that time', async () => {
    const table = await tableOf([rows])
    const renamed = {
      ...SCHEMA,
      'schema-id': 1,
      fields: SCHEMA.fields.map(field => (field.name === 'size' ? { ...field, name: 'bytes' } : field)),
    }
    const metadata = { ...table.metadata, schemas: [SCHEMA, renamed], 'current-schema-id': 1 }
    const snapshotId = metadata['current-snapshot-id']
    const evolved = { ...table, metadata }
    expect(await planFiles(evolved, [{ column: 'bytes', op: '=', value: 2 }])).toHaveLength(0)
    expect(await planFiles(evolved, [{ column: 'size', op: '=', value: 1 }], { snapshotId })).toHaveLength(1)
    await expect(planFiles(evolved, [], { snapshotId: 9n })).rejects.toThrow(TableFormatError)
  })
})
