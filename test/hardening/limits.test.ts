import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/config.js'
import { writeReport } from '../../src/demo/writeReport.js'
import { loadManifest } from '../../src/inventory/loadManifest.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { parseCsv } from '../../src/reconcile/csvTable.js'
import { loadExpectations } from '../../src/reconcile/parseExpectations.js'
import { type CommandFolder, openCommandFolder } from '../commands/commandFolder.js'

let place: CommandFolder
beforeEach(async () => {
  place = await openCommandFolder()
})
afterEach(() => place.remove())

const settings = (lake: string, name = 'photos'): string => `lake: ${lake}
connectors:
  ${name}: { source_bucket: ./photo-bucket, inventory: { destination_bucket: ./reports, config_name: daily } }
`

async function putReport(keys: readonly string[], takenAt = '2026-01-18T01:00Z'): Promise<void> {
  const fields = ['bucket', 'key', 'size', 'e_tag']
  await writeReport(
    keys.map(key => ({ key, size: 1000, eTag: takenAt })),
    {
      ...{ sourceBucket: 'photo-bucket', destinationBucket: 'reports', prefix: '', configName: 'daily', fields },
      ...{ takenAt: new Date(takenAt), filesCount: 1 },
    },
    new FolderStore(join(place.folder, 'reports')),
  )
}

const at = (time: string) => ({ now: () => new Date(time) })
const name = (length: number): string => 'n'.repeat(length)

describe('names as long as they may be', () => {
  test.each<[string, string]>([
    ['a folder of 255 bytes', `./${name(255)}`],
    ['folders of 3,200 bytes', `./${Array.from({ length: 16 }, () => name(199)).join('/')}`],
  ])('a lake in %s', async (_, lake) => {
    await place.configure(settings(lake))
    await putReport(['a/b'])
    expect(await place.run(['import', 'photos'])).toMatchObject({ code: 0 })
    expect(await place.rows(['query', 'select key from objects_latest'])).toEqual([{ key: 'a/b' }])
  })

  const TOO_LONG =
    'expected names of 255 bytes at most, and 4,095 with all folders, got ENAMETOOLONG: name too long; take a shorter one'
  /** Where Node's own making of folders never comes to an end. */
  const UNMAKEABLE =
    'expected a folder that can be made, got ENOENT: no such file or directory; see whether its file system is mounted read-only, or take another place'
  const NOWHERE: [string, string, string] = ['a folder of /proc', '/proc/stocktake-none', UNMAKEABLE]
  const IN_NOWHERE: [string, string, string] = ['a folder further down', '/proc/stocktake-none/a/b', UNMAKEABLE]
  test.each<[string, string, string]>([
    ['a folder of 256 bytes', `./${name(256)}`, TOO_LONG],
    ['folders of 4,200 bytes', `./${Array.from({ length: 21 }, () => name(199)).join('/')}`, TOO_LONG],
    [
      'a file',
      './stocktake.yaml',
      'expected folders on the way to it, got ENOTDIR: not a directory; take another place',
    ],
    ['a folder of a file', './stocktake.yaml/lake', 'expected folders on the way to it, got ENOTDIR: not a directory'],
    ...(process.platform === 'linux' ? [NOWHERE, IN_NOWHERE] : []),
  ])('no lake in %s', async (_, lake, message) => {
    await place.configure(settings(lake))
    expect(await place.run(['init'])).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(message) })
  })

  test.runIf(process.platform === 'linux')('no configuration in a folder of /proc', async () => {
    const told = await place.run(['init', '--config', '/proc/stocktake-none/stocktake.yaml'])
    expect(told).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(UNMAKEABLE) })
  })

  test.runIf(process.platform === 'linux')('nothing is spilled to a folder of /proc', async () => {
    await place.configure(settings('./lake'))
    await putReport(['a/b'])
    expect(await place.run(['import', 'photos'])).toMatchObject({ code: 0 })
    await place.configure(`${settings('./lake')}engine: { temp: /proc/stocktake-none }\n`)
    for (const command of [
      ['query', 'select 1'],
      ['import', 'photos', '--again'],
      ['folders', 'photos'],
    ]) {
      const told = await place.run(command)
      expect(told).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(UNMAKEABLE) })
    }
  })

  test.each<[string, number, string]>([
    ['a connector', 64, ''],
    ['a connector', 65, 'expected'],
  ])('%s of %i letters', async (_, length, message) => {
    await place.configure(settings('./lake', name(length)))
    await putReport(['a'])
    const told = await place.run(['import', name(length)])
    expect(told).toMatchObject({ code: message === '' ? 0 : 2, stderr: expect.stringContaining(message) })
  })

  test('an output of 256 bytes', async () => {
    const told = await place.run(['query', 'select 1', '--output', `${name(252)}.csv`, '--lake', './lake'])
    expect([told.code, told.stderr]).toEqual([expect.any(Number), expect.stringContaining('take a shorter one')])
  })
})

test('keys of 1,024 bytes: 1,024 folders deep, and one name', async () => {
  const keys = ['/'.repeat(1024), `${'a/'.repeat(511)}xy`, 'é'.repeat(512)]
  await place.configure(settings('./lake'))
  await putReport(keys)
  expect(await place.run(['import', 'photos'])).toMatchObject({ code: 0 })
  expect(await place.rows(['query', 'select key from objects_latest order by key'])).toEqual(
    keys.toSorted().map(key => ({ key })),
  )
  const deepest = `select count(*) as folders, max(depth) as depth, max(length(path)) as length, min(object_count) as least,
    max(object_count) as most from folders_latest where path <> ''`
  expect(await place.rows(['query', deepest])).toEqual([
    { folders: 1024 + 511, depth: 1024, length: 1024, least: 1, most: 1 },
  ])
  expect(await place.run(['folders', 'photos', 'a/'.repeat(510)])).toMatchObject({ code: 0 })
  expect(await place.run(['report', '--html', 'page.html'])).toMatchObject({ code: 0 })
})

test('a manifest of 10,000 files is checked in a moment', async () => {
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
  const files = Array.from({ length: 10_000 }, (_, n) => ({
    key: `reports/photo-bucket/daily/data/${md5(String(n))}.csv.gz`,
    ...{ size: 40_000_000 + n, MD5checksum: md5(`x${n}`) },
  }))
  const text = JSON.stringify({
    ...{ sourceBucket: 'photo-bucket', destinationBucket: 'arn:aws:s3:::reports', version: '2016-11-30' },
    ...{ creationTimestamp: '1768870800000', fileFormat: 'CSV', fileSchema: 'Bucket, Key, Size', files },
  })
  const store = new MemoryStore()
  await store.put('manifest.json', Buffer.from(text))
  await store.put('manifest.checksum', Buffer.from(md5(text)))
  const before = process.cpuUsage()
  const { manifest } = await loadManifest(store, 'manifest.json', { sourceBucket: 'photo-bucket', format: 'CSV' })
  expect(manifest.files).toHaveLength(10_000)
  expect(manifest.files.at(-1)).toEqual({
    ...{ key: files.at(-1)?.key, sizeBytes: 40_009_999, md5: md5('x9999') },
  })
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000) // ms; some 100 were measured
})

describe('a clock', () => {
  test.each(['1969-12-31T23:59:59.999Z', '9999-01-01T00:00:00Z', '+010000-01-01T00:00:00Z'])(
    'at %s is not worked with: what it wrote could not be read',
    async time => {
      const refused = {
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(/^stocktake: clock: expected a time from 1970 to 9998, got /),
      }
      for (const args of [['init'], ['snapshots']]) expect(await place.run(args, at(time))).toMatchObject(refused)
    },
  )

  test('that is past 2038 and 2106, and goes back to 1970, imports all the same', async () => {
    await place.configure(settings('./lake'))
    await putReport(['a', 'b'])
    await putReport(['a', 'd'], '2026-01-19T01:00Z')
    const times = ['2106-02-07T06:28:16Z', '1970-01-02T00:00:00Z']
    for (const [n, time] of times.entries()) {
      const report = `2026-01-${18 + n}T01-00Z`
      const told = await place.run(['import', 'photos', '--at', report], at(time))
      expect(told, told.stderr).toMatchObject({ code: 0 })
    }
    const rows = await place.rows(['snapshots'], at('2026-01-22T00:00Z'))
    expect(rows.map(({ snapshot, imported_at }) => [snapshot, imported_at])).toEqual([
      ['2026-01-19T01-00Z', '1970-01-02T00:00:00.000Z'],
      ['2026-01-18T01-00Z', '2106-02-07T06:28:16.000Z'],
    ])
    expect(await place.run(['maintain'], at('2026-01-22T00:00Z'))).toMatchObject({ code: 0 })
    expect(await place.rows(['query', 'select key from objects_latest order by key'])).toEqual([
      { key: 'a' },
      { key: 'd' },
    ])
  })
})

describe('files of Windows', () => {
  const asWindows = (text: string): string => `\ufeff${text.replaceAll('\n', '\r\n')}`

  test('stocktake.yaml', async () => {
    const load = (text: string) =>
      loadConfig({ config: '/work/stocktake.yaml' }, { cwd: '/work', env: {}, readText: async () => text })
    const text = `${settings('./lake')}daemon:\n  after_cycle: |\n    echo done\n    echo again\n`
    expect(await load(asWindows(text))).toEqual(await load(text))
  })

  test('data_inventory.yaml, and the CSV file that it names', async () => {
    const yaml = `datasets:
  box_scores:
    key: sports/{season}/{date:yyyy-MM-dd}.json
    expect:
      - csv: { file: games.csv, columns: { season: season, date: date } }
`
    const csv = 'season,date\n2024-25,2024-10-22\n"2025-26",2025-10-23\n'
    const load = (of: (text: string) => string) =>
      loadExpectations('/work/data_inventory.yaml', {
        ...{ streams: [], connectors: [{ name: 'demo' }] },
        readText: async path => of(path.endsWith('.yaml') ? yaml : csv),
      })
    const [windows, unix] = [await load(asWindows), await load(text => text)]
    expect(windows.datasets[0]?.expect).toEqual(unix.datasets[0]?.expect)
    expect(parseCsv(asWindows(csv), 'games.csv', 9)).toEqual(parseCsv(csv, 'games.csv', 9))
  })
})
