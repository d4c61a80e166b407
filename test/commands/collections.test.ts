import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMMANDS, run } from '../../src/cli.js'
import { TextSink } from '../output/textSink.js'
import { openSmallLake, type SmallPlace } from './smallLake.js'

// One after the other: each goes on from what the one before has left.

let lake: SmallPlace
beforeAll(async () => {
  lake = await openSmallLake()
})
afterAll(() => lake.remove())

const file = async (key: string, text: string) => {
  const path = join(lake.folder, 'photo-bucket', key)
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, text)
}
/** A command line some minutes after the others: two scans of one moment have no order that people know. Gives its stderr. */
async function runLater(minutes: number, ...args: string[]): Promise<string> {
  const [stdout, stderr] = [new TextSink(), new TextSink()]
  const now = () => new Date(Date.UTC(2026, 0, 22, 1, minutes))
  const world = { stdout, stderr, cwd: lake.folder, env: {}, now, signal: new AbortController().signal }
  expect({ code: await run(args, COMMANDS, world), stderr: stderr.text }).toMatchObject({ code: 0 })
  return stderr.text
}

const counts = async () =>
  (await lake.rows('collections', 'list')).map(({ name, file_count, total_size_bytes, source }) => [
    name,
    file_count,
    total_size_bytes,
    source,
  ])

describe('collections', () => {
  test('there are none at first', async () => {
    expect(await lake.rows('collections', 'list')).toEqual([])
    const { stderr } = await lake.run('collections', 'list')
    expect(stderr).toContain('stocktake collections create CONNECTOR FOLDER')
    expect(await lake.rows('query', 'select * from collections, file_info')).toEqual([])
  })

  test('are suggested, which makes nothing', async () => {
    expect(await lake.rows('collections', 'suggest', 'photos', '2025/', '2025/raw', '')).toEqual([
      { folder: '2025/', name: '2025', clash: null, overlaps: [] },
      { folder: '2025/raw/', name: '2025 - Raw', clash: null, overlaps: [] },
      { folder: '', name: 'Photos', clash: null, overlaps: [] },
    ])
    expect(await lake.rows('collections', 'list')).toEqual([])
    expect(await lake.run('collections', 'suggest', 'photos', '2027/')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('did you mean 2025/?'),
    })
  })

  test('are made of several folders, which may overlap', async () => {
    const { code, stdout, stderr } = await lake.run('collections', 'create', 'photos', '2025', '2025/raw/', '')
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        '"2025" (2025/) holds "2025 - Raw" (2025/raw/)\n' +
        '"2025" (2025/) lies in "Photos" (the whole bucket)\n' +
        '"2025 - Raw" (2025/raw/) lies in "Photos" (the whole bucket)\n',
    })
    expect(stdout.split('\n').slice(0, 2)).toEqual(['made 3 collections of photos', '  2025  2025/  2 files'])
    expect(await counts()).toEqual([
      ['2025', 2, 11_000_000, 'inventory'],
      ['2025 - Raw', 1, 9_000_000, 'inventory'],
      ['Photos', 5, 16_000_120, 'inventory'],
    ])
  })

  test.each([
    [['2026/', '2025/'], 2, 'name "2025": the collection "2025" of photos, "2025/" has it'],
    [['2026/', '2026'], 2, 'folder "2026/": expected it once, got it again'],
    [['2027/'], 3, 'did you mean 2025/?'],
    [['2027/', '2028/', '2026/'], 3, 'none in "2027/", "2028/"'],
    [['2026/', '--name', 'a', '--name', 'b'], 2, '--name: expected none, or one for each of 1 folder, got 2'],
    [['2026/', '--name', 'a\tb'], 2, 'no control characters'],
    [['2026/\u0000'], 2, 'without NUL'],
    [[`${'x'.repeat(1024)}/`], 2, 'at most 1024 bytes'],
  ])('of %j are not made', async (args, code, told) => {
    const answer = await lake.run('collections', 'create', 'photos', ...args)
    expect(answer).toMatchObject({ code: told.includes('has it') ? 1 : code, stderr: expect.stringContaining(told) })
    expect(await lake.rows('collections', 'list')).toHaveLength(3)
  })

  test('of a bucket that nothing has looked at yet can be made', async () => {
    const [made] = await lake.rows('collections', 'create', 'listed', 'later/', '--name', 'Later')
    expect(made).toMatchObject({
      ...{ name: 'Later', connector: 'listed', folder: 'later/', file_count: null, source: null, updated_at: null },
      warning: 'nothing has looked at it yet',
    })
    expect((await lake.run('collections', 'remove', 'Later', '--yes')).stdout).toBe(
      'removed Later; the folder stays as it is\n',
    )
  })

  test('are seen by other engines: the table is a copy', async () => {
    const columns = 'collection, name, connector, folder, created_at'
    const rows = await lake.rows('query', `select ${columns} from collections order by name`)
    const listed = await lake.rows('collections', 'list')
    expect(rows).toEqual(
      listed.map(({ collection, name, connector, folder, created_at }) => ({
        ...{ collection, name, connector, folder, created_at },
      })),
    )
    const { stdout } = await lake.run('views', '--dialect', 'duckdb')
    expect(stdout).toMatch(/create or replace view file_info as/)
  })
})

describe('FileInfo', () => {
  test('is that of the newest snapshot, without old versions and what was deleted', async () => {
    expect(await lake.rows('collections', 'show', '2025', '--files')).toEqual([
      {
        ...{ key: '2025/a b.jpg', size: 2_000_000, last_modified: '2026-01-01T10:30:00.000Z', etag: 'e1' },
        ...{ storage_class: null, checksum_algorithm: null, source: 'inventory' },
        updated_at: '2026-01-20T01:00:00.000Z',
      },
      {
        ...{ key: '2025/raw/b.cr3', size: 9_000_000, last_modified: '2026-01-01T10:30:00.000Z', etag: 'e1' },
        ...{ storage_class: null, checksum_algorithm: null, source: 'inventory' },
        updated_at: '2026-01-20T01:00:00.000Z',
      },
    ])
  })

  test('is shown with where it is from, its age, and what shares files', async () => {
    const { stdout } = await lake.run('collections', 'show', '2025 - raw')
    expect(stdout.replace(/col_\w+, made .*/, '…')).toBe(`2025 - Raw  photos 2025/raw/
  1 file, 9.0 MB
  from the inventory of 2026-01-20 01:00, 2 days old
  2 days old, more than 36 h
  "2025 - Raw" (2025/raw/) lies in "2025" (2025/)
  "2025 - Raw" (2025/raw/) lies in "Photos" (the whole bucket)
  …
  stocktake report photo-stats --collection '2025 - Raw'
`)
  })

  test('has reports that ask the bucket for nothing', async () => {
    const { stdout, stderr } = await lake.run('report', 'photo-stats', '--collection', '2025')
    expect(stdout.split('\n').map(line => line.split(/ +/).slice(0, 2).join(' '))).toEqual([
      'type objects',
      'RAW 1',
      'JPEG 1',
      '',
    ])
    expect(stderr).toBe(
      '2025, photos 2025/: from the inventory of 2026-01-20 01:00, 2 days old; 0 LIST requests\n' +
        'warning: 2 days old, more than 36 h\n',
    )
    expect(await lake.rows('report', 'largest', '--collection', '2025')).toHaveLength(2)
  })

  test('has reports whose SQL can be run', async () => {
    for (const name of ['photo-stats', 'largest']) {
      const { stdout } = await lake.run('report', name, '--collection', '2025', '--sql')
      expect(await lake.rows('query', stdout), name).toEqual(await lake.rows('report', name, '--collection', '2025'))
    }
  })

  test.each([
    [['savings', '--collection', '2025'], 2, 'expected a report of objects alone'],
    [['photo-stats', '--collection', '2029'], 3, 'no such collection; did you mean 2025?'],
    [['photo-stats', 'photos', '--collection', '2025'], 2, 'expected either collection or connector, got both'],
  ])('report %j', async (args, code, told) =>
    expect(await lake.run('report', ...args)).toMatchObject({ code, stderr: expect.stringContaining(told) }),
  )

  test('is of a listing once it is refreshed, also for who holds it or lies in it', async () => {
    await file('2025/raw/b.cr3', 'raw')
    await file('2025/raw/new.cr3', 'newer')
    await file('2025/c.jpg', 'not in the scan')
    const { code, stdout } = await lake.run('collections', 'refresh', '2025 - Raw')
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('2025/raw/') })
    expect(await counts()).toEqual([
      ['2025', 3, 2_000_008, 'inventory'], // a part of it is newer
      ['2025 - Raw', 2, 8, 'api'],
      ['Photos', 6, 7_000_128, 'inventory'],
    ])
    const { stderr } = await lake.run('report', 'photo-stats', '--collection', '2025 - Raw')
    expect(stderr).toBe('2025 - Raw, photos 2025/raw/: from a listing of S3 of 2026-01-22 01:00; 0 LIST requests\n')
  })

  test('is empty where the folder is gone by then', async () => {
    await rm(join(lake.folder, 'photo-bucket/2025/raw'), { recursive: true })
    const lost = /^warning: found no files; 2026-01-22T\d\d-\d\d-\d\dZ had 2 there$/m
    expect(await runLater(20, 'collections', 'refresh', '2025 - Raw')).toMatch(lost)
    expect(await runLater(25, 'collections', 'refresh', '2025 - Raw')).not.toContain('warning')
    await runLater(30, 'collections', 'refresh', '2025')
    expect(await counts()).toEqual([
      ['2025', 1, 15, 'api'],
      ['2025 - Raw', 0, 0, 'api'],
      ['Photos', 4, 5_000_135, 'inventory'],
    ])
    const listed = await lake.rows('collections', 'list')
    expect(listed.find(({ name }) => name === '2025 - Raw')).toMatchObject({ warning: 'there was no file in it' })
  })

  test('is of a report again that is newer', async () => {
    await lake.putReport('2026-01-22T03:00Z', [{ key: '2025/z.jpg', size: 5, eTag: 'e', lastModified: new Date(0) }])
    await runLater(150, 'import', 'photos')
    expect(await counts()).toEqual([
      ['2025', 1, 5, 'inventory'],
      ['2025 - Raw', 0, 0, 'inventory'],
      ['Photos', 1, 5, 'inventory'],
    ])
  })
})

describe('a collection', () => {
  test('gets another name, which no other has', async () => {
    expect((await lake.run('collections', 'rename', '2025', 'PHOTOS')).stderr).toContain('has it')
    expect((await lake.run('collections', 'rename', '2025', 'Last Year')).stdout).toBe('renamed 2025 to Last Year\n')
    expect((await lake.run('collections', 'rename', 'last year', 'Last Year')).stdout).toBe('Last Year is as it was\n')
  })

  test('is removed when that is wanted', async () => {
    const { code, stderr } = await lake.run('collections', 'remove', 'Last Year')
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
    await lake.run('collections', 'remove', 'Last Year', '--yes')
    expect((await lake.rows('collections', 'list')).map(({ name }) => name)).toEqual(['2025 - Raw', 'Photos'])
  })

  test('is in the audit with all that was done to it', async () => {
    const rows = await lake.rows(
      'query',
      "select action, outcome, objects from audit where action like 'collection %' order by happened_at, action",
    )
    expect(new Set(rows.map(({ action, outcome }) => `${action} ${outcome}`))).toEqual(
      new Set([
        'collection create done',
        'collection create failed',
        'collection rename done',
        'collection rename unchanged',
        'collection remove done',
      ]),
    )
  })

  test('is refreshed by a job, once for all that have its folder', async () => {
    const [job] = await lake.rows('collections', 'refresh', 'Photos', '--queue')
    expect(job).toMatchObject({ type: 'refresh', connector: 'photos', state: 'queued' })
    expect((await lake.run('collections', 'show', 'Nobody')).code).toBe(3)
  })
})

test('maintain mends the copy that other engines read', async () => {
  await rm(join(lake.folder, 'lake/tables/collections_v1'), { recursive: true })
  const mended = async (...flags: string[]) =>
    (await lake.rows('maintain', ...flags)).filter(({ step }) => step === 'copy collections')
  expect(await mended('--dry-run')).toMatchObject([{ count: 2 }])
  expect(await mended()).toMatchObject([{ count: 2 }])
  expect(await mended()).toMatchObject([{ count: 0 }])
})
