import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type DiffPlace,
  FIRST,
  importOf,
  lines,
  object,
  openDiffLake,
  openDiffPlace,
  SECOND,
  THIRD,
  timeOf,
} from './diffPlace.js'

describe('of three snapshots and a copy', () => {
  let lake: DiffPlace
  beforeAll(async () => {
    lake = await openDiffLake()
  })
  afterAll(() => lake.remove())

  const keysOf = async (...args: string[]) => (await lake.rows('diff', ...args)).map(({ key }) => key)

  test('lists what changed, with a sign and a word, and adds it up', async () => {
    expect(await lake.run('diff', 'photos', FIRST, SECOND)).toEqual({
      code: 0,
      stderr: lines(
        `photos  ${FIRST} → ${SECOND}`,
        '1 new (+4.0 MB), 1 modified (+20 B), 1 deleted (-3.0 MB), 1 touched',
      ),
      stdout: lines(
        'change      before   after  key',
        '- deleted   3.0 MB          2025/b.jpg',
        '= touched   1.0 MB  1.0 MB  2026/c.jpg  STANDARD → GLACIER',
        '+ new               4.0 MB  2026/d.jpg',
        '~ modified   100 B   120 B  readme.txt',
      ),
    })
  })

  test.each<[args: string[], heading: string]>([
    [[], `${SECOND} → ${THIRD}`],
    [['latest~1'], `${SECOND} → ${THIRD}`],
    [['latest~2'], `${FIRST} → ${THIRD}`],
    [['latest~2', 'latest~1'], `${FIRST} → ${SECOND}`],
    [['2026-01-18'], `${FIRST} → ${THIRD}`],
    [['2026-01-18', '2026-01-19'], `${FIRST} → ${SECOND}`],
    [[FIRST, SECOND], `${FIRST} → ${SECOND}`],
    [['2026-01-18T01:00Z', '2026-01-19 01:00'], `${FIRST} → ${SECOND}`],
    [['latest', 'latest~1'], `${THIRD} → ${SECOND}  back in time: what would undo the changes`],
    [[FIRST, FIRST], `${FIRST} → ${FIRST}`],
    [[SECOND, THIRD, '--prefix', '2025/'], `${SECOND} → ${THIRD}  keys that start with 2025/`],
  ])('%j compares %s', async (args, heading) => {
    const { code, stderr } = await lake.run('diff', 'photos', ...args)
    expect([code, stderr.split('\n')[0]]).toEqual([0, `photos  ${heading}`])
  })

  test.each<[args: string[], changes: [key: string, change: string][]]>([
    [
      [FIRST, SECOND],
      [
        ['2025/b.jpg', 'deleted'],
        ['2026/c.jpg', 'touched'],
        ['2026/d.jpg', 'new'],
        ['readme.txt', 'modified'],
      ],
    ],
    [
      [SECOND, FIRST],
      [
        ['2025/b.jpg', 'new'],
        ['2026/c.jpg', 'touched'],
        ['2026/d.jpg', 'deleted'],
        ['readme.txt', 'modified'],
      ],
    ],
    [
      [FIRST, THIRD], // 2025/b.jpg went and came back
      [
        ['2025/raw/b.cr3', 'deleted'],
        ['2025/raw/c.cr3', 'deleted'],
        ['2026/c.jpg', 'touched'],
        ['2026/d.jpg', 'new'],
        ['archive/raw/b.cr3', 'new'],
        ['archive/raw/c.cr3', 'new'],
        ['readme.txt', 'modified'],
      ],
    ],
    [[FIRST, THIRD, '--prefix', '2026/d'], [['2026/d.jpg', 'new']]],
    [[THIRD, THIRD], []],
  ])('%j: %j', async (args, changes) => {
    const rows = await lake.rows('diff', 'photos', ...args)
    expect(rows.map(({ key, change }) => [key, change])).toEqual(changes)
  })

  test('sizes of another direction are the other way round', async () => {
    expect((await lake.rows('diff', 'photos', SECOND, FIRST, '--prefix', 'readme'))[0]).toMatchObject({
      ...{ size_before: 120, size_after: 100, e_tag_before: 'r2', e_tag_after: 'r1' },
    })
    expect((await lake.run('diff', 'photos', SECOND, FIRST, '--summary')).stdout).toBe(
      '1 new (+3.0 MB), 1 modified (-20 B), 1 deleted (-4.0 MB), 1 touched\n',
    )
  })

  test.each([
    [FIRST, SECOND],
    [SECOND, THIRD],
    [FIRST, THIRD],
  ])('%s and %s differ the same in both directions', async (from, to) => {
    const turned = (row: Record<string, unknown>) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name.replace(/before$|after$/, side => (side === 'before' ? 'after' : 'before')),
          name === 'change' ? ({ new: 'deleted', deleted: 'new' }[String(value)] ?? value) : value,
        ]),
      )
    const rows = await lake.rows('diff', 'photos', from, to)
    expect(rows.length).toBeGreaterThan(3)
    expect((await lake.rows('diff', 'photos', to, from)).map(turned)).toEqual(rows)
  })

  test('a connector goes by its GUID, too', async () => {
    const [{ guid } = {}] = await lake.rows('connectors', 'list')
    const { stdout, stderr } = await lake.run('diff', String(guid), '--summary')
    expect([stdout, stderr]).toEqual([
      '3 new (+20 MB), 1 modified, 2 deleted (-17 MB)\n',
      expect.stringMatching(/^photos {2}/),
    ])
  })

  test('without changes it says so, and whether a prefix is of any key', async () => {
    const heading = `photos  ${FIRST} → ${FIRST}`
    expect(await lake.run('diff', 'photos', FIRST, FIRST)).toEqual({
      ...{ code: 0, stderr: `${heading}\n`, stdout: 'no changes\n' },
    })
    expect(await lake.run('diff', 'photos', FIRST, FIRST, '--by', 'folder', '--prefix', '2025')).toEqual({
      ...{ code: 0, stderr: `${heading}  keys that start with 2025\n`, stdout: 'no changes\n' },
    })
    expect(await lake.run('diff', 'photos', FIRST, SECOND, '--summary', '--prefix', '2052/')).toEqual({
      code: 0,
      stderr: `photos  ${FIRST} → ${SECOND}  keys that start with 2052/\nno key starts with "2052/", before or after\n`,
      stdout: 'no changes\n',
    })
    expect(await lake.rows('diff', 'photos', '--prefix', '2052/')).toEqual([])
  })

  test.each<[args: string[], code: number, message: string]>([
    [['photos', 'latest~9'], 3, 'snapshot "latest~9": no such whole snapshot of photos; latest~2 is the oldest'],
    [
      ['photos', '2026-01-17'],
      3,
      'snapshot "2026-01-17": no such whole snapshot of photos; 2026-01-20T01-00Z is the newest',
    ],
    [
      ['photos', FIRST, '2020-01-01'],
      3,
      `snapshot "2020-01-01": no such whole snapshot of photos; ${THIRD} is the newest`,
    ],
    [
      ['photos', '2026-02-30'],
      2,
      'snapshot: expected 2026-01-20T01-00Z, 2026-01-20, latest or latest~1, got "2026-02-30"',
    ],
    [['photos', 'latset'], 2, 'snapshot: expected 2026-01-20T01-00Z, 2026-01-20, latest or latest~1, got "latset"'],
    [['photos', 'latest~'], 2, 'snapshot: expected 2026-01-20T01-00Z, 2026-01-20, latest or latest~1, got "latest~"'],
    [['photos', 'latest', 'yesterday'], 2, 'snapshot: expected 2026-01-20T01-00Z, 2026-01-20, latest or latest~1'],
    [['fotos'], 3, 'connector "fotos": no such connector; did you mean photos?'],
    [['photos', 'copi'], 3, '"copi": neither a snapshot of photos nor a connector has this name; did you mean copy?'],
    [
      ['photos', 'nowhere'],
      3,
      `"nowhere": neither a snapshot of photos nor a connector has this name; snapshots are ${THIRD}, ${SECOND}, ${FIRST}; connectors are`,
    ],
    [['photos@latest', 'nowhere@latest'], 3, 'connector "nowhere": no such connector; known are'],
    [['unseen'], 3, 'connector unseen: no snapshot of it yet; stocktake import unseen'],
    [['photos', 'unseen'], 3, 'connector unseen: no snapshot of it yet; stocktake import unseen'],
    [['copy'], 3, `copy ${SECOND}: the first snapshot, with nothing to compare it with; import another report`],
    [['copy', 'latest~1'], 3, `snapshot "latest~1": no such whole snapshot of copy; ${SECOND} is the only one`],
    [['photos', FIRST, SECOND, THIRD], 2, `unexpected argument: ${THIRD}`],
    [['photos', '--depth', '2'], 2, '--depth: expected --by folder without --moves'],
    [['photos', '--by', 'folder', '--depth', '0'], 2, '--depth: expected a whole number from 1, got 0'],
    [['photos', '--by', 'folder', '--depth', '1.5'], 2, '--depth: expected a whole number from 1, got 1.5'],
    [['photos', '--summary', '--by', 'folder'], 2, '--summary: expected it without --by, got it with --by folder'],
    [['photos', '--by', 'year'], 2, 'by: got "year", expected one of "file", "folder"'],
    [['photos', '--fail-on', 'lost>1'], 2, '--fail-on: expected new, modified, deleted, touched with >'],
    [
      ['photos', 'copy', '--fail-on', 'deleted>1'],
      2,
      '--fail-on: expected only_in_a, only_in_b, differs, unclear with >',
    ],
    [
      ['photos', 'copy', '--by', 'folder'],
      2,
      'diff of two connectors: expected a list of keys, or --summary, got --by folder',
    ],
    [['photos', 'copy', '--moves'], 2, 'diff of two connectors: expected a list of keys, or --summary, got --moves'],
    [['photos', 'copy', 'latest'], 2, 'diff of two connectors: expected no more than two names'],
    [['photos@latest'], 2, 'diff of two connectors: expected A@SNAPSHOT B@SNAPSHOT, got photos@latest'],
    [['photos@latest~5', 'copy'], 3, 'snapshot "latest~5": no such whole snapshot of photos; latest~2 is the oldest'],
  ])('%j has exit code %i: %s', async (args, code, message) => {
    const answer = await lake.run('diff', ...args)
    expect({ code: answer.code, stdout: answer.stdout }).toEqual({ code, stdout: '' })
    expect(answer.stderr).toContain(message)
  })

  describe('--by folder', () => {
    test('has each change in one line, and all of them in the last', async () => {
      expect(await lake.run('diff', 'photos', FIRST, THIRD, '--by', 'folder', '--depth', '2')).toEqual({
        code: 0,
        stderr: lines(
          `photos  ${FIRST} → ${THIRD}`,
          `2 of the deleted look like moves into archive/raw/ (same size and ETag): stocktake diff photos ${FIRST} ${THIRD} --moves`,
        ),
        stdout: lines(
          '               new  modified  deleted  touched     size',
          '(at the root)              1                      +20 B',
          '2025/raw/                           2            -17 MB',
          '2026/            1                           1  +4.0 MB',
          'archive/raw/     2                               +17 MB',
          '-------------------------------------------------------',
          'all              3         1        2        1  +4.0 MB',
        ),
      })
    })

    test('has in data formats a row for each folder at every level', async () => {
      const rows = await lake.rows('diff', 'photos', FIRST, THIRD, '--by', 'folder', '--depth', '9')
      expect(rows.map(({ path, change_count }) => [path, change_count])).toEqual([
        ['', 7],
        ['2025/', 2],
        ['2025/raw/', 2],
        ['2026/', 2],
        ['archive/', 2],
        ['archive/raw/', 2],
      ])
      expect(rows[1]).toEqual({
        ...{ path: '2025/', parent: '', depth: 1 },
        ...{ change_count: 2, new_count: 0, modified_count: 0, deleted_count: 2, touched_count: 0 },
        ...{ object_count_before: 4, object_count_after: 2, size_before: 22_000_000, size_after: 5_000_000 },
        size_change: -17_000_000,
        ...{ direct_change_count: 0, direct_new_count: 0, direct_modified_count: 0, direct_deleted_count: 0 },
        ...{ direct_touched_count: 0, direct_size_change: 0, mostly_in: '2025/raw/', mostly_in_share: 1 },
      })
    })

    test('--depth counts from the folder of the prefix', async () => {
      const pathsOf = async (...args: string[]) =>
        (await lake.rows('diff', 'photos', FIRST, THIRD, '--by', 'folder', ...args)).map(({ path }) => path)
      expect(await pathsOf()).toEqual(['', '2025/', '2026/', 'archive/'])
      expect(await pathsOf('--prefix', '2025/')).toEqual(['2025/', '2025/raw/'])
      expect(await pathsOf('--prefix', '2')).toEqual(['', '2025/', '2026/'])
      expect(await pathsOf('--prefix', 'nope/')).toEqual([])
    })
  })

  describe('--moves', () => {
    test('are what was deleted and came again under another key', async () => {
      expect(await lake.run('diff', 'photos', '--moves')).toEqual({
        code: 0,
        stderr: lines(
          `photos  ${SECOND} → ${THIRD}`,
          '2 deleted objects have the size and ETag of a new one, 17 MB: probably moved',
          '  2  2025/raw/ → archive/raw/',
        ),
        stdout: lines(
          '  size  - deleted → + new           less certain',
          '9.0 MB  {2025 → archive}/raw/b.cr3',
          '8.0 MB  {2025 → archive}/raw/c.cr3',
        ),
      })
      expect((await lake.rows('diff', 'photos', '--moves'))[0]).toEqual({
        ...{ key_before: '2025/raw/b.cr3', key_after: 'archive/raw/b.cr3' },
        ...{ folder_before: '2025/raw/', folder_after: 'archive/raw/', size: 9_000_000, e_tag: 'b2' },
        ...{ matched_by: 'content', deleted_count: 1, new_count: 1 },
      })
    })

    test('are counted by folder, and in all', async () => {
      expect(await lake.rows('diff', 'photos', '--moves', '--by', 'folder')).toEqual([
        {
          ...{ folder_before: '2025/raw/', folder_after: 'archive/raw/' },
          ...{ moved_count: 2, size_bytes: 17_000_000, uncertain_count: 0 },
        },
      ])
      expect(await lake.rows('diff', 'photos', '--moves', '--summary')).toEqual([
        {
          ...{ moved_count: 2, size_bytes: 17_000_000, uncertain_count: 0, empty_count: 0 },
          ...{ first_key_after: 'archive/raw/b.cr3', last_key_after: 'archive/raw/c.cr3' },
        },
      ])
      expect((await lake.run('diff', 'photos', '--moves', '--summary')).stdout).toBe(
        '2 deleted objects have the size and ETag of a new one, 17 MB: probably moved\n',
      )
    })

    test('may be none', async () => {
      const none = 'no moves: no deleted object has the size and ETag of a new one\n'
      for (const args of [[], ['--by', 'folder'], ['--summary']])
        expect((await lake.run('diff', 'photos', FIRST, SECOND, '--moves', ...args)).stdout).toBe(none)
      expect(await lake.rows('diff', 'photos', FIRST, SECOND, '--moves')).toEqual([])
    })
  })

  describe('--fail-on', () => {
    test.each<[conditions: string[], finding: string | undefined]>([
      [['deleted>2'], undefined],
      [['deleted>1'], 'deleted>1 (2 deleted)'],
      [['deleted>=2', 'new<3', 'modified>0'], 'deleted>=2 (2 deleted), modified>0 (1 modified)'],
      [['deleted>33.3%'], 'deleted>33.3% (2 deleted, 33.3 %)'],
      [['deleted>33.4%'], undefined],
      [['touched=0'], 'touched=0 (0 touched)'],
      [['size>2MB'], 'size>2MB (+3.0 MB)'],
      [['size>10%'], 'size>10% (+3.0 MB, 12.5 %)'],
      [['size<-1GB'], undefined],
    ])('%j: %s', async (conditions, finding) => {
      const args = conditions.flatMap(text => ['--fail-on', text])
      const { code, stdout, stderr } = await lake.run('diff', 'photos', '--summary', '--quiet', ...args)
      expect(stdout).toBe('3 new (+20 MB), 1 modified, 2 deleted (-17 MB)\n') // whatever is found
      const told = finding === undefined ? '' : `stocktake: photos ${SECOND} → ${THIRD}: --fail-on ${finding}\n`
      expect([code, stderr]).toEqual([finding === undefined ? 0 : 5, told])
    })

    test('is about those keys that start with the prefix', async () => {
      const args = ['diff', 'photos', '--prefix', '2025/', '--quiet', '--format', 'csv', '--fail-on']
      expect((await lake.run(...args, 'deleted>66%')).stderr).toContain('deleted>66% (2 deleted, 66.7 %)')
      expect((await lake.run(...args, 'modified>0')).code).toBe(0)
    })
  })

  describe('of two connectors', () => {
    test('lists what is in one only, or differs, and says whether the copy is whole', async () => {
      expect(await lake.run('diff', 'photos', 'copy')).toEqual({
        code: 0,
        stderr: lines(
          `A photos ${THIRD}   B copy ${SECOND}`,
          'copy lacks 3 of the 7 objects of photos (20 MB), 1 differ, 2 only in copy (17 MB)',
        ),
        stdout: lines(
          'difference      size in A  size in B  key',
          'only in photos     3.0 MB             2025/b.jpg',
          'only in copy                  9.0 MB  2025/raw/b.cr3',
          'only in copy                  8.0 MB  2025/raw/c.cr3',
          'only in photos     9.0 MB             archive/raw/b.cr3',
          'only in photos     8.0 MB             archive/raw/c.cr3',
          'differs             120 B      120 B  readme.txt',
        ),
      })
      expect((await lake.rows('diff', 'photos', 'copy'))[0]).toEqual({
        ...{ key: '2025/b.jpg', difference: 'only_in_a', size_a: 3_000_000, size_b: null },
        ...{ e_tag_a: 'b1', e_tag_b: null },
      })
    })

    test('a snapshot of each may be named', async () => {
      const text = 'copy holds all 6 objects of photos, of the same size and ETag\n'
      for (const args of [[], ['--summary']])
        expect((await lake.run('diff', `photos@${SECOND}`, 'copy@2026-01-19', ...args)).stdout).toBe(text)
      expect(await lake.rows('diff', 'photos@latest~1', 'copy')).toEqual([])
      expect(await lake.rows('diff', 'photos@latest~1', 'copy', '--summary')).toEqual([
        {
          ...{ connector_a: 'photos', snapshot_a: SECOND, connector_b: 'copy', snapshot_b: SECOND },
          ...{ only_in_a_count: 0, only_in_a_size_bytes: 0, only_in_b_count: 0, only_in_b_size_bytes: 0 },
          ...{ differing_count: 0, unclear_count: 0 },
        },
      ])
    })

    test('--fail-on is about these, with exit code 5', async () => {
      const diff = (...args: string[]) => lake.run('diff', 'photos', 'copy', '--summary', '--quiet', ...args)
      expect((await diff('--fail-on', 'only_in_a>2', '--fail-on', 'differs>1')).stderr).toBe(
        'stocktake: photos and copy: --fail-on only_in_a>2 (3 only in a)\n',
      )
      expect((await diff('--fail-on', 'only_in_a>50%')).code).toBe(0)
      expect((await diff('--fail-on', 'only_in_a>42%')).code).toBe(5)
      expect((await diff('--prefix', '2025/', '--fail-on', 'only_in_a>42%')).code).toBe(2)
    })
  })

  test('nothing is left of the engine in the lake', async () => {
    expect(await readdir(join(lake.folder, 'lake', '.tmp-work'))).toEqual([])
  })

  test('a key that is a folder, or a prefix of one, is not taken for it', async () => {
    expect(await keysOf('photos', FIRST, THIRD, '--prefix', '2025/raw')).toEqual(['2025/raw/b.cr3', '2025/raw/c.cr3'])
    expect(await keysOf('photos', FIRST, THIRD, '--prefix', '2025/raw/b')).toEqual(['2025/raw/b.cr3'])
  })
})

test('a line end in a folder, or a prefix, makes no line of its own', async () => {
  const place = await openDiffPlace()
  try {
    const names = Array.from({ length: 3 }, (_, i) => `${i}.jpg`)
    const inFolder = (folder: string) => names.map((name, i) => object(`${folder}/${name}`, i + 1, `e${i}`))
    await place.putReport(timeOf(FIRST), inFolder('old\nwarning: gone'))
    await place.putReport(timeOf(SECOND), inFolder('new\nwarning: here'))
    await importOf(place, 'photos', '--all')
    const prefix = ['--prefix', 'no\nwarning: such']
    for (const args of [[], ['--moves'], ['--summary'], ['--by', 'folder'], prefix, [...prefix, '--summary']]) {
      const { stderr } = await place.run('diff', 'photos', ...args)
      expect(stderr).not.toMatch(/^warning:/m)
    }
    expect((await place.run('diff', 'photos', '--moves')).stderr).toContain(
      'old\\nwarning: gone/ → new\\nwarning: here/',
    )
    expect((await place.run('diff', 'photos', '--summary')).stderr).toContain(' into new\\nwarning: here/ ')
    expect((await place.run('diff', 'photos', 'photos', ...prefix)).stderr).not.toMatch(/^warning:/m)
  } finally {
    await place.remove()
  }
})
