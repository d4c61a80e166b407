import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FIRST, openSmallLake, openSmallPlace, SECOND, type SmallPlace } from './smallLake.js'

let lake: SmallPlace
beforeAll(async () => {
  lake = await openSmallLake()
})
afterAll(() => lake.remove())

const lines = (...texts: string[]): string => texts.map(text => `${text}\n`).join('')

describe('folders', () => {
  test.each<[args: string, stderr: string, stdout: string]>([
    [
      '',
      'photos 2026-01-20 01:00  all: 16 MB in 5 objects\n',
      lines(
        '  size  objects   change  old versions  modified          path',
        ' 11 MB        2  -3.0 MB        3.0 MB  2026-01-01 10:30  2025/',
        '5.0 MB        2  +4.0 MB                2026-01-19 12:00  2026/',
      ),
    ],
    [
      '2025',
      'photos 2026-01-20 01:00  2025/: 11 MB in 2 objects\n',
      lines(
        '  size  objects  change  old versions  modified          path',
        '9.0 MB        1                        2026-01-01 10:30  2025/raw/',
      ),
    ],
    [
      '--at 2026-01-19',
      'photos 2026-01-19 01:00  all: 15 MB in 5 objects\n',
      lines(
        '  size  objects  old versions  modified          path',
        ' 14 MB        3                2026-01-01 10:30  2025/',
        '1.0 MB        1        500 kB  2026-01-01 10:30  2026/',
      ),
    ],
    [
      '2025/raw/',
      'photos 2026-01-20 01:00  2025/raw/: 9.0 MB in 1 object\n',
      'size  objects  change  old versions  modified  path\n',
    ],
  ])('of photos %s', async (args, stderr, stdout) => {
    expect(await lake.run('folders', 'photos', ...args.split(' ').filter(Boolean))).toEqual({ code: 0, stderr, stdout })
  })

  test.each([
    ['--depth 2', ['2025/', '2025/raw/', '2026/']],
    ['--depth 2 --sort path', ['2025/', '2025/raw/', '2026/']],
    ['--depth 2 --sort modified', ['2026/', '2025/', '2025/raw/']],
    ['--sort objects', ['2025/', '2026/']],
  ])('photos %s are %j', async (args, paths) => {
    expect((await lake.rows('folders', 'photos', ...args.split(' '))).map(row => row.path)).toEqual(paths)
  })

  test('as JSON have every column, exactly', async () => {
    const [row] = await lake.rows('folders', 'photos')
    expect(row).toEqual({
      guid: expect.stringMatching(/^fld_[0-9a-f]{26}$/),
      path: '2025/',
      parent: '',
      depth: 1,
      object_count: 2,
      total_size_bytes: 11_000_000,
      direct_object_count: 1,
      direct_size_bytes: 2_000_000,
      noncurrent_object_count: 1,
      noncurrent_size_bytes: 3_000_000,
      delete_marker_count: 1,
      last_modified: '2026-01-01T10:30:00.000Z',
      discovered_at: '2026-01-19T01:00:00.000Z',
      object_count_change: -1,
      size_change: -3_000_000,
    })
  })

  test.each([
    ['2052', 'did you mean 2025/?'],
    ['2025/rwa', 'did you mean 2025/raw/?'],
    ['/2025', 'did you mean 2025/?'],
    ['2025/raw/deeper', 'the nearest folder there is 2025/raw/'],
    ['/', 'the root has no name: leave it out'],
    ['nothing like it', 'there are 2025/, 2026/'],
  ])('%s is no folder: %s', async (path, fix) => {
    const { code, stderr, stdout } = await lake.run('folders', 'photos', path)
    const shown = path.endsWith('/') ? path : `${path}/`
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toBe(`stocktake: photos ${SECOND}, folder ${JSON.stringify(shown)}: no such folder; ${fix}\n`)
  })

  test.each([['0'], ['1.5'], ['-1']])('--depth %s is refused', async depth => {
    const { code, stderr } = await lake.run('folders', 'photos', '--depth', depth)
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `stocktake: --depth: expected a whole number from 1, got ${depth}\n`,
    })
  })
})

describe('files', () => {
  test.each<[string, string[]]>([
    ['', ['readme.txt']],
    ['2025', ['2025/a b.jpg']],
    ['2025/', ['2025/a b.jpg']],
    ['2025 -r', ['2025/a b.jpg', '2025/raw/b.cr3']],
    ['-r', ['2025/a b.jpg', '2025/raw/b.cr3', '2026/c.jpg', '2026/d.jpg', 'readme.txt']],
    ['2026/d.jpg', ['2026/d.jpg']], // an object
    ['2026/c', ['2026/c.jpg']], // the start of keys
    ['20 -r', ['2025/a b.jpg', '2025/raw/b.cr3', '2026/c.jpg', '2026/d.jpg']],
    ['2025 --versions', ['2025/a b.jpg', '2025/b.jpg', '2025/b.jpg']],
    [`2025 --at ${FIRST}`, ['2025/a b.jpg', '2025/b.jpg']],
  ])('photos %s are %j', async (args, keys) => {
    const rows = await lake.rows('files', 'photos', ...args.split(' ').filter(Boolean))
    expect(rows.map(row => row.key)).toEqual(keys)
  })

  test('as a table, versions too', async () => {
    expect(await lake.run('files', 'photos', '2025', '--versions')).toEqual({
      code: 0,
      stderr: '',
      stdout: lines(
        '  size  modified          class  version  state          key',
        '2.0 MB  2026-01-01 10:30                  current        2025/a b.jpg',
        '        2026-01-01 10:30         v2       delete marker  2025/b.jpg',
        '3.0 MB  2026-01-01 10:30         v1       old            2025/b.jpg',
      ),
    })
  })

  test('as JSON have every column', async () => {
    expect(await lake.rows('files', 'photos', '2026/c')).toEqual([
      {
        key: '2026/c.jpg',
        version_id: null,
        is_latest: true,
        is_delete_marker: false,
        size: 1_000_000,
        last_modified_date: '2026-01-19T12:00:00.000Z',
        e_tag: 'e1',
        storage_class: null,
      },
    ])
  })

  test.each([
    ['2025/raw/b.cr', 0, ''],
    ['nope', 3, `stocktake: photos ${SECOND}, folder "nope/": no such folder; there are 2025/, 2026/\n`],
    [
      '2025/b.jp',
      3,
      `stocktake: photos ${SECOND}, folder "2025/b.jp/": no such folder; the nearest folder there is 2025/\n`,
    ],
  ])('%s has exit code %i', async (path, code, stderr) => {
    const answer = await lake.run('files', 'photos', path)
    expect({ code: answer.code, stderr: answer.stderr }).toEqual({ code, stderr })
  })
})

describe('snapshots', () => {
  test('are newest first, with their age', async () => {
    const { stdout, stderr, code } = await lake.run('snapshots')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const untimed = stdout.replace(/ +took +memory +engine$/m, '').replace(/ +[\d.]+ m?s +[\d.]+ [MG]B +duckdb$/gm, '')
    expect(untimed).toBe(
      lines(
        'connector  snapshot           age     freshness  source      rows  objects   size  old versions  changes',
        `photos     ${SECOND}  2 days  stale      CSV report     7        5  16 MB        3.0 MB  +1 ~1 -1`,
        `photos     ${FIRST}  3 days             CSV report     6        5  15 MB        500 kB`,
      ),
    )
  })

  test('as JSON are the receipts, and how fresh the newest is', async () => {
    const rows = await lake.rows('snapshots', 'photos')
    expect(rows).toMatchObject([
      { connector: 'photos', snapshot: SECOND, dt: '2026-01-20', row_count: 7, new_count: 1, freshness: 'stale' },
      { connector: 'photos', snapshot: FIRST, source: 'inventory', base_snapshot: null, freshness: null },
    ])
  })

  test('of a connector without any are none', async () => {
    expect(await lake.rows('snapshots', 'listed')).toEqual([])
  })
})

describe('a snapshot that is not there', () => {
  test.each<[string[], string]>([
    [['folders', 'photo'], 'connector "photo": no such connector; did you mean photos?'],
    [['folders', 'listed'], 'connector listed: no snapshot of it yet; stocktake import listed'],
    [['snapshots', 'phtos'], 'connector "phtos": no such connector; did you mean photos?'],
    [
      ['files', 'photos', '--at', '2025-01-01'],
      `snapshot "2025-01-01": no such snapshot of photos; ${SECOND} is the newest: stocktake snapshots photos`,
    ],
    [
      ['files', 'photos', '--at', '2026-01-20T01-01Z'],
      `snapshot "2026-01-20T01-01Z": no such snapshot of photos; did you mean ${SECOND}?`,
    ],
  ])('%j', async (args, message) => {
    expect(await lake.run(...args)).toEqual({ code: 3, stdout: '', stderr: `stocktake: ${message}\n` })
  })

  test('a connector is known by its GUID, and without a configuration', async () => {
    const [shown] = await lake.rows('connectors', 'show', 'photos')
    const elsewhere = ['--config', '/dev/null', '--lake', 'lake']
    for (const name of [String(shown?.guid), 'photos'])
      expect(await lake.rows('files', name, ...elsewhere)).toMatchObject([{ key: 'readme.txt' }])
  })
})

describe('--sql', () => {
  test.each<[string[], string[]]>([
    [
      ['folders', 'photos', '--depth', '2'],
      ['2025/', '2025/raw/', '2026/'],
    ],
    [
      ['files', 'photos', '-r'],
      ['2025/a b.jpg', '2025/raw/b.cr3', '2026/c.jpg', '2026/d.jpg', 'readme.txt'],
    ],
    [
      ['diff', 'photos'],
      ['2025/b.jpg', '2026/c.jpg', '2026/d.jpg', 'readme.txt'],
    ],
    [
      ['snapshots', 'photos'],
      [SECOND, FIRST],
    ],
    [['snapshots'], [SECOND, FIRST]],
  ])('of %j is a query that gives the same', async (args, expected) => {
    const { stdout, stderr, code } = await lake.run(...args, '--sql')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const rows = await lake.rows('query', stdout)
    expect(rows.map(row => row.path ?? row.key ?? row.snapshot)).toEqual(expected)
  })

  test('of a sum has the same names', async () => {
    const { stdout } = await lake.run('diff', 'photos', '--summary', '--sql')
    expect(await lake.rows('query', stdout)).toEqual(await lake.rows('diff', 'photos', '--summary'))
  })
})

test('nothing is left of the engine in the lake', async () => {
  expect(await readdir(join(lake.folder, 'lake', '.tmp-work'))).toEqual([])
})

test('a line end in the name of a folder makes no line of its own', async () => {
  const place = await openSmallPlace()
  try {
    await place.putReport('2026-01-20T01:00Z', [
      { key: 'a\nwarning: b/c/d', size: 1, eTag: 'e', lastModified: new Date(0) },
    ])
    await place.run('import', 'photos')
    for (const command of ['folders', 'files']) {
      const { stderr } = await place.run(command, 'photos', 'a\nwarning: b/')
      expect(stderr).toContain('a\\nwarning: b/')
      expect(stderr.split('\n')).toHaveLength(2)
    }
  } finally {
    await place.remove()
  }
})
