import { mkdir, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SNAPSHOTS } from '../../src/snapshot/tables.js'
import { FIRST, FIRST_ROWS, FIRST_TIME, openSmallPlace, type SmallPlace } from './smallLake.js'

/** When the command lines of these tests are run. */
const NOW = '2026-01-22T01-00-00Z'

const SETTINGS = `
connectors:
  photos:
    source_bucket: ./photo-bucket
    schedule: daily
`

let place: SmallPlace
beforeEach(async () => {
  place = await openSmallPlace()
  await setUp(SETTINGS)
})
afterEach(() => place.remove())

const setUp = (settings: string): Promise<void> => writeFile(join(place.folder, 'stocktake.yaml'), settings)

/** Puts a file of so many bytes into the bucket. */
async function putFile(key: string, sizeBytes: number): Promise<void> {
  const path = join(place.folder, 'photo-bucket', key)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, Buffer.alloc(sizeBytes))
  await utimes(path, 0, new Date('2026-01-01T10:30:00.789Z'))
}

async function putFiles(): Promise<void> {
  await putFile('readme.txt', 100)
  await putFile('2025/a b+%"é\n.jpg', 2_000)
  await putFile('2025/raw/b.cr3', 9_000)
  await putFile('2026/c.jpg', 1_000)
}

/** Runs it, and takes out what differs from run to run. */
async function scan(...flags: string[]) {
  const { code, stdout, stderr } = await place.run('scan', 'photos', ...flags)
  return { code, stdout: stdout.replace(/^ {2}[\d.]+ m?s, [\d.]+ [MG]B memory$/gm, '  TIME, MEMORY'), stderr }
}

const keysOf = async (view: string): Promise<unknown[]> =>
  (await place.rows('query', `select key from ${view} order by key`)).map(({ key }) => key)

describe('a scan', () => {
  beforeEach(putFiles)

  test('becomes a snapshot; the lake is made for it', async () => {
    expect(await scan()).toEqual({
      code: 0,
      stdout: [
        `scanned photos ${NOW} into ./lake`,
        '  4 objects                        12 kB',
        '  TIME, MEMORY\n',
      ].join('\n'),
      stderr: 'made the lake …/lake\n',
    })
    expect(
      await place.rows('query', 'select * exclude (import_id) from objects where key = $$2026/c.jpg$$'),
    ).toMatchObject([
      {
        ...{ connector: 'photos', snapshot: NOW, bucket: 'photo-bucket', size: 1000, is_latest: true },
        ...{ version_id: null, is_delete_marker: false, e_tag: null, storage_class: null },
        last_modified_date: '2026-01-01T10:30:00.000Z',
      },
    ])
    expect(await keysOf('objects_latest')).toEqual(['2025/a b+%"é\n.jpg', '2025/raw/b.cr3', '2026/c.jpg', 'readme.txt'])
  })

  test('leaves nothing behind but the snapshot', async () => {
    await scan()
    expect(await readdir(join(place.folder, 'lake/.tmp-work'))).toEqual([])
    expect(await readdir(join(place.folder, 'lake/state/scans'), { recursive: true })).not.toContainEqual(
      expect.stringContaining('.json'),
    )
  })

  test('is its receipt where a program reads', async () => {
    const rows = await place.rows('scan', 'photos')
    expect(rows.map(row => Object.keys(row))).toEqual([SNAPSHOTS.schema.fields.map(({ name }) => name)])
    expect(rows).toMatchObject([
      {
        ...{ snapshot: NOW, source: 'api', scope: '', sample_rate: null, source_bucket: 'photo-bucket' },
        ...{ report_created_at: '2026-01-22T01:00:00.000Z', manifest_key: null, manifest_checksum: null },
        ...{ file_format: null, file_count: null, verified_by: 'listing', row_count: 4, object_count: 4 },
        ...{ total_size_bytes: 12_100, folder_count: 4, base_snapshot: null, list_requests: 4, get_requests: 0 },
      },
    ])
    expect((await place.run('snapshots')).stdout).toContain(' scan ')
  })

  test('is told against the one before, and never takes its place', async () => {
    await scan()
    await putFile('2026/c.jpg', 1_500)
    await putFile('2026/d.jpg', 4_000)
    await rm(join(place.folder, 'photo-bucket/readme.txt'))
    const { stdout } = await scan()
    expect(stdout).toContain('scanned photos 2026-01-22T01-00-01Z into') // of the same second
    expect(stdout).toContain(`  against ${NOW}     1 new (+4.0 kB), 1 modified (+500 B), 1 deleted (-100 B)\n`)
    expect(await place.rows('snapshots')).toHaveLength(2)
  })

  test('of the same second as others gets a name of its own', async () => {
    const answers = await Promise.all([scan(), scan(), scan()])
    expect(answers.map(({ code }) => code)).toEqual([0, 0, 0])
    const rows = await place.rows('snapshots')
    expect(rows.map(({ snapshot }) => snapshot).sort()).toEqual([NOW, '2026-01-22T01-00-01Z', '2026-01-22T01-00-02Z'])
  })

  test('of a prefix has its keys alone, and is compared with its like', async () => {
    await scan()
    const { stdout } = await scan('--prefix', '2025/')
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      `scanned photos ${NOW} into ./lake`, // another scope, another snapshot
      '  only keys that start with 2025/',
      '  2 objects                        11 kB',
    ])
    expect(stdout).not.toContain('against')
    await putFile('2025/c.jpg', 1)
    expect((await scan('--prefix', '2025/')).stdout).toContain(`  against ${NOW}     1 new (+1 B)\n`)
    expect((await scan('--prefix=2025/raw/b')).stdout).toContain('\n  1 object    ')
    expect((await scan('--prefix', 'none/')).stdout).toContain('\n  0 objects    ')
    expect(await keysOf('objects_latest')).toHaveLength(4) // of the whole bucket
  })

  test.each(['../', '/etc/', 'a//b/'])('of the prefix %j, which no file can have, is refused', async prefix => {
    expect(await scan('--prefix', prefix)).toMatchObject({ code: 1, stdout: '' })
    expect(await place.rows('snapshots')).toEqual([])
  })

  test('passes over links, and what is unfinished', async () => {
    await symlink('readme.txt', join(place.folder, 'photo-bucket/link.txt'))
    await putFile('.tmp-123', 1)
    expect((await scan()).stdout).toContain('\n  4 objects ')
  })

  test('tells of a name that is not UTF-8, and makes no snapshot', async () => {
    const odd = Buffer.concat([Buffer.from(`${place.folder}/photo-bucket/caf`), Buffer.of(0xe9)])
    await writeFile(odd, 'x')
    const { code, stderr } = await scan()
    expect([code, stderr]).toEqual([1, expect.stringContaining('photo-bucket/caf\ufffd: expected a name in UTF-8')])
    expect(await place.rows('snapshots')).toEqual([])
  })
})

describe('an empty bucket', () => {
  test('is a snapshot of nothing', async () => {
    await mkdir(join(place.folder, 'photo-bucket'))
    expect((await scan()).stdout).toContain('\n  0 objects                        0 B\n')
    expect((await scan('--sample', '0.1')).stdout).toContain('\n  0 objects listed ')
  })

  test('that is not there is none: its objects are not deleted', async () => {
    expect(await scan()).toMatchObject({
      code: 3,
      stderr: 'made the lake …/lake\nstocktake: …/photo-bucket: no such folder; check source_bucket of photos\n',
    })
    expect(await place.rows('snapshots')).toEqual([])
  })
})

describe('a sample', () => {
  const putMany = async (): Promise<void> => {
    for (let i = 0; i < 400; i++) await putFile(`${i % 200}/${i}.jpg`, 1000 + i)
  }

  test('is told with what it says of the whole, and how sure that is', async () => {
    await putMany()
    const { stdout } = await scan('--sample', '0.5')
    expect(stdout).toMatch(
      /^ {2}\d+ objects listed {14} \d+ kB\n {2}about \d+ objects ± \d+, \d+ kB ± \d+ kB \(1 standard error\), from 50 % of the folders\n/m,
    )
    const [receipt] = await place.rows('snapshots')
    expect(receipt).toMatchObject({ sample_rate: 0.5, scope: '', base_snapshot: null, new_count: null })
    const about = Number(/about (\d+)/.exec(stdout)?.[1])
    expect(Math.abs(about - Number(receipt?.object_count) * 2)).toBeLessThan(10) // unscaled in the receipt, but for rounding
  })

  test('has no changes, and is no base of a full scan', async () => {
    await putMany()
    await scan()
    await scan('--sample', '0.5')
    const { stdout } = await scan('--full')
    expect(stdout).toContain(`against ${NOW}     no changes\n`)
    const rows = await place.rows('snapshots')
    expect(rows.map(({ sample_rate, base_snapshot }) => [sample_rate, base_snapshot])).toEqual([
      [null, NOW],
      [0.5, null],
      [null, null],
    ])
  })

  test('in which there is nothing is no snapshot', async () => {
    await putFile('one.jpg', 1)
    const { code, stderr } = await scan('--sample', '0.0001')
    expect(code).toBe(3)
    expect(stderr).toContain(
      'photo-bucket/: expected objects in a sample of 0.01 %, got none, though there is something in the bucket; take a larger share with --sample, or --full\n',
    )
    expect(await place.rows('snapshots')).toEqual([])
  })

  test('of all is a full scan', async () => {
    await putFiles()
    await scan('--sample', '1')
    expect(await place.rows('snapshots')).toMatchObject([{ sample_rate: null, object_count: 4 }])
  })
})

test.each([
  ['sample', 'sample_rate: 0.5', 0.5],
  ['full', '', null],
  ['aws_inventory', '', null],
])('a connector with scan_mode %s is scanned so', async (mode, more, rate) => {
  for (let i = 0; i < 100; i++) await putFile(`${i}.jpg`, 1)
  await setUp(`${SETTINGS}    scan_mode: ${mode}\n    ${more}\n`)
  expect(await place.rows('scan', 'photos')).toMatchObject([{ sample_rate: rate }])
  expect(await place.rows('scan', 'photos', '--full')).toMatchObject([{ sample_rate: null }])
  expect(await place.rows('scan', 'photos', '--sample', '0.7')).toMatchObject([{ sample_rate: 0.7 }])
})

test.each<[string[], number, string]>([
  [['photo'], 3, 'connector "photo": no such connector; did you mean photos?'],
  [['photos', '--sample', '0'], 2, '--sample: expected a fraction above 0, up to 1, got 0'],
  [['photos', '--sample', '10'], 2, '--sample: expected a fraction above 0, up to 1, got 10'],
  [['photos', '--sample', '10%'], 2, '--sample: expected a number, got "10%"'],
  [['photos', '--sample', '0.1', '--full'], 2, 'expected either full or sample, got both; see stocktake scan --help'],
])('scan %j is refused', async (args, code, message) => {
  expect(await place.run('scan', ...args)).toEqual({ code, stdout: '', stderr: `stocktake: ${message}\n` })
})

describe('an import whose report can not be found', () => {
  const INVENTORY = '    inventory: { destination_bucket: ./reports, config_name: daily }\n'

  test('samples the bucket instead, and says so', async () => {
    for (let i = 0; i < 100; i++) await putFile(`${i}.jpg`, 1)
    await setUp(`${SETTINGS}${INVENTORY}    sample_rate: 0.5\n`)
    const { code, stdout, stderr } = await place.run('import', 'photos')
    expect(code).toBe(0)
    expect(stdout).toContain(`scanned photos ${NOW} into ./lake\n`)
    expect(stderr).toBe(
      'made the lake …/lake\nwarning: no report yet at file://…/reports/photo-bucket/daily/ (no dated folder): sampling …/photo-bucket instead (50 %)\n',
    )
    expect(await place.rows('snapshots')).toMatchObject([{ source: 'api', sample_rate: 0.5 }])
    await place.putReport(FIRST_TIME, FIRST_ROWS)
    expect((await place.run('import', 'photos')).stdout).toContain(`imported photos ${FIRST} into`)
  })

  test('samples a bucket that has no inventory', async () => {
    for (let i = 0; i < 100; i++) await putFile(`${i}.jpg`, 1)
    const { code, stderr } = await place.run('import', 'photos')
    expect([code, stderr]).toEqual([
      0,
      'made the lake …/lake\nwarning: connector photos has no inventory: sampling …/photo-bucket instead (10 %)\n',
    ])
  })

  test('names both if sampling fails, too', async () => {
    await setUp(`${SETTINGS}${INVENTORY}`)
    const { code, stderr } = await place.run('import', 'photos')
    expect(code).toBe(3)
    expect(stderr).toContain('stocktake: file://…/reports/photo-bucket/daily/: expected a report with manifest.json')
    expect(stderr).toContain('sampling …/photo-bucket instead failed: …/photo-bucket: no such folder')
  })

  test.each([
    [['--at', FIRST], ''],
    [['--manifest', 'no.json'], ''],
    [['--all'], ''],
    [[], '    fallback_to_sample: false\n'],
  ])('with %j%s is refused', async (flags, settings) => {
    await putFiles()
    await setUp(`${SETTINGS}${INVENTORY}${settings}`)
    const { code, stderr } = await place.run('import', 'photos', ...flags)
    expect([code, stderr]).toEqual([3, expect.not.stringContaining('sampling')])
    expect(await place.rows('snapshots')).toEqual([])
  })

  test('but not one whose report is refused', async () => {
    await putFiles()
    await setUp(`${SETTINGS}${INVENTORY}`)
    await place.putReport(FIRST_TIME, FIRST_ROWS)
    await writeFile(join(place.folder, `reports/photo-bucket/daily/${FIRST}/manifest.checksum`), 'x\n')
    const { code, stderr } = await place.run('import', 'photos')
    expect([code, stderr]).toEqual([4, expect.not.stringContaining('sampling')])
  })
})

test.each([
  ['sample', 0.5],
  ['full', null],
])(
  'an import of a connector with scan_mode %s is a scan, but a report that is asked for is imported',
  async (mode, rate) => {
    for (let i = 0; i < 100; i++) await putFile(`${i}.jpg`, 1)
    const inventory = '    inventory: { destination_bucket: ./reports, config_name: daily }\n'
    await setUp(`${SETTINGS}${inventory}    scan_mode: ${mode}\n    sample_rate: 0.5\n`)
    await place.putReport(FIRST_TIME, FIRST_ROWS)
    expect(await place.rows('import', 'photos')).toMatchObject([{ source: 'api', sample_rate: rate }])
    expect(await place.rows('import', 'photos', '--at', FIRST)).toMatchObject([
      { source: 'inventory', snapshot: FIRST },
    ])
  },
)
