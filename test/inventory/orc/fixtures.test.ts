import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { OrcUnsupportedError } from '../../../src/inventory/orc/orcError.js'
import { openOrc } from '../../../src/inventory/orc/orcFile.js'
import { readOrc } from '../../../src/inventory/orc/orcRows.js'
import { findAwsFixtures } from '../awsFixtures.js'
import { readColumns, SUBJECT, sourceOf } from './readRows.js'

const FOLDER = join(import.meta.dirname, '../../fixtures/orc')
const load = (name: string) => readFile(join(FOLDER, name))

describe('files that pyarrow wrote (scripts/makeOrcFixtures.py)', () => {
  test.each([
    'integers.zlib',
    'integers.plain',
    'integers.zlib-v11',
    'strings.direct',
    'strings.dictionary',
    'strings.direct-v11',
    'strings.dictionary-v11',
    'times.zlib',
    'times.plain-v11',
    'inventory.zlib',
    'inventory.plain-v11',
  ])('%s.orc gives the rows that went in', async name => {
    const expected = JSON.parse((await load(`${name.split('.')[0]}.expected.json`)).toString())
    const columns = await readColumns(await load(`${name}.orc`))
    const values = (column: unknown[]) => column.map(value => (typeof value === 'bigint' ? String(value) : value))
    for (const column of Object.keys(expected)) expect(values(columns[column] ?? []), column).toEqual(expected[column])
    expect(Object.keys(columns)).toEqual(Object.keys(expected))
  })

  test('several stripes come in order, in batches that stay within a stripe', async () => {
    const file = await openOrc(sourceOf(await load('stripes.zlib.orc')), SUBJECT)
    const rows: unknown[] = []
    const batches: number[] = []
    for await (const { rowCount, columns } of readOrc(file)) {
      batches.push(rowCount)
      for (let i = 0; i < rowCount; i++) rows.push([columns.get('number')?.[i], columns.get('key')?.[i]])
    }
    expect(file.stripes.map(stripe => stripe.rowCount)).toEqual([9000, 5000])
    expect(batches).toEqual([4096, 4096, 808, 4096, 904])
    expect(rows).toEqual(Array.from({ length: 14_000 }, (_, i) => [BigInt(i), `key-${i}`]))
  })

  test('a file without rows has no stripes and gives no batch', async () => {
    const file = await openOrc(sourceOf(await load('empty.zlib.orc')), SUBJECT)
    expect([file.rowCount, file.stripes, file.columns.map(column => column.name)]).toEqual([0, [], ['key']])
    expect(await readColumns(await load('empty.zlib.orc'))).toEqual({ key: [] })
  })

  test.each([
    ['snappy', 'SNAPPY'],
    ['zstd', 'ZSTD'],
    ['lz4', 'LZ4'],
  ])('compression %s is refused by its name', async (name, kind) => {
    const opening = openOrc(sourceOf(await load(`refused.${name}.orc`)), SUBJECT)
    await expect(opening).rejects.toThrow(OrcUnsupportedError)
    await expect(opening).rejects.toThrow(
      `${SUBJECT}: expected ORC compression NONE or ZLIB (S3 Inventory writes ZLIB), got ${kind}; have the file written`,
    )
  })

  test('columns of other kinds are skipped, nested ones too', async () => {
    const { key, last } = await readColumns(await load('other_kinds.zlib.orc'), ['last', 'key'])
    expect(key).toEqual(Array.from({ length: 40 }, (_, i) => `key-${i}`))
    expect(last).toEqual(Array.from({ length: 40 }, (_, i) => BigInt(i)))
  })

  test.each(['double', 'float', 'date', 'decimal', 'binary', 'list', 'struct', 'map'])(
    'a wanted column of kind %s is refused',
    async name => {
      const reading = readColumns(await load('other_kinds.zlib.orc'), ['key', name])
      await expect(reading).rejects.toThrow(OrcUnsupportedError)
      await expect(reading).rejects.toThrow(`column ${name}: expected one of the kinds BOOLEAN`)
      await expect(reading).rejects.toThrow(`got ${name.toUpperCase()};`)
    },
  )
})

const aws = findAwsFixtures()

test.skipIf(aws === undefined)('a report by S3 itself gives what other readers read in it', async () => {
  const path = join(aws ?? '', 'orc_inventory.orc')
  const { rows } = JSON.parse(await readFile(`${path}.expected.json`, 'utf8'))
  const columns = await readColumns(await readFile(path))
  expect(Object.keys(columns)).toHaveLength(18)
  const read = columns.key?.map((key, i) => ({
    key,
    version_id: columns.version_id?.[i],
    is_latest: columns.is_latest?.[i],
    is_delete_marker: columns.is_delete_marker?.[i],
    size: columns.size?.[i] == null ? null : Number(columns.size[i]),
    last_modified: new Date(Number(columns.last_modified_date?.[i]) / 1000).toISOString(),
    etag: columns.e_tag?.[i],
    storage_class: columns.storage_class?.[i],
  }))
  expect(read).toEqual(rows)
})
