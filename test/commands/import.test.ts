import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SNAPSHOTS } from '../../src/snapshot/tables.js'
import {
  FIRST,
  FIRST_ROWS,
  FIRST_TIME,
  openSmallPlace,
  SECOND,
  SECOND_ROWS,
  SECOND_TIME,
  SETTINGS,
  type SmallPlace,
} from './smallLake.js'

let place: SmallPlace
beforeEach(async () => {
  place = await openSmallPlace()
  await place.putReport(FIRST_TIME, FIRST_ROWS)
})
afterEach(() => place.remove())

/** Runs it, and takes out what differs from run to run. */
async function importPhotos(...flags: string[]) {
  const { code, stdout, stderr } = await place.run('import', 'photos', ...flags)
  return {
    code,
    stdout: stdout.replace(/^ {2}[\d.]+ m?s, [\d.]+ [MG]B memory$/gm, '  TIME, MEMORY'),
    stderr: stderr
      .replace(/\d+ B$/gm, 'SIZE')
      .replace(/[0-9a-f]{32}/g, 'MD5')
      .replace(/[0-9a-f-]{36}/g, 'ID'),
  }
}

const dataFolder = () => join(place.folder, 'reports/photo-bucket/daily/data')

/** Puts the second report, with a bit of its first data file flipped. */
async function putSpoiled(): Promise<void> {
  const before = await readdir(dataFolder())
  await place.putReport(SECOND_TIME, SECOND_ROWS)
  const [name = ''] = (await readdir(dataFolder())).filter(each => !before.includes(each))
  const bytes = await readFile(join(dataFolder(), name))
  bytes[20] = (bytes[20] ?? 0) ^ 1
  await writeFile(join(dataFolder(), name), bytes)
}

describe('a report', () => {
  test('becomes a snapshot; the lake is made for it', async () => {
    expect(await importPhotos()).toEqual({
      code: 0,
      stdout: [
        `imported photos ${FIRST} into ./lake`,
        '  6 rows, 0 rejected               15 MB in 5 objects; 500 kB in 1 old version',
        '  read 2 files, MD5 verified, 7 requests; listing would have been 1 request (less than 0.01 USD)',
        '  TIME, MEMORY\n',
      ].join('\n'),
      stderr: `made the lake …/lake\nphotos  ${FIRST}  CSV, 2 files, SIZE\n`,
    })
  })

  test('is told against the one before', async () => {
    await importPhotos()
    await place.putReport(SECOND_TIME, SECOND_ROWS)
    expect((await importPhotos()).stdout).toBe(
      [
        `imported photos ${SECOND} into ./lake`,
        '  7 rows, 0 rejected               16 MB in 5 objects; 3.0 MB in 1 old version',
        `  against ${FIRST}        1 new (+4.0 MB), 1 modified (+20 B), 1 deleted (-3.0 MB), 1 touched`,
        '  read 2 files, MD5 verified, 7 requests; listing would have been 1 request (less than 0.01 USD)',
        '  TIME, MEMORY\n',
      ].join('\n'),
    )
  })

  test('is imported once, unless it is asked for again', async () => {
    await importPhotos()
    const known = `already imported: photos ${FIRST}; --again imports it once more\n`
    expect(await importPhotos()).toEqual({ code: 0, stdout: known, stderr: '' })
    const [before] = await place.rows('snapshots')
    expect((await importPhotos('--again')).stdout).toContain(`imported photos ${FIRST}`)
    const after = await place.rows('snapshots')
    expect(after).toHaveLength(1)
    expect(after[0]?.import_id).not.toBe(before?.import_id)
  })

  test('is its receipt where a program reads', async () => {
    const rows = await place.rows('import', 'photos')
    expect(rows.map(row => Object.keys(row))).toEqual([SNAPSHOTS.schema.fields.map(({ name }) => name)])
    expect(rows).toMatchObject([{ snapshot: FIRST, row_count: 6, object_count: 5, total_size_bytes: 15_000_100 }])
    expect(await place.rows('import', 'photos')).toEqual(rows) // again: the same receipt
  })

  test.each([
    [['--at', FIRST], FIRST],
    [['--manifest', `photo-bucket/daily/${FIRST}/manifest.json`], FIRST],
    [[], SECOND],
  ])('with %j is that of %s', async (flags, snapshot) => {
    await place.putReport(SECOND_TIME, SECOND_ROWS)
    expect(await place.rows('import', 'photos', ...flags)).toMatchObject([{ snapshot }])
  })

  test('with malformed rows says which were left out', async () => {
    const bad = (key: string) => `"photo-bucket","${key}","","true","false","big","2026-01-01T10:30:00.000Z","e"\n`
    const rows = [...FIRST_ROWS, bad('short'), bad('x'.repeat(100))]
    await place.putReport(FIRST_TIME, rows, { filesCount: 1 })
    const { code, stdout, stderr } = await importPhotos()
    expect(code).toBe(0)
    expect(stdout).toContain('  6 rows, 2 rejected  ')
    const [head, ...told] = stderr.slice(stderr.indexOf('warning')).trimEnd().split('\n')
    expect(head).toBe('warning: 2 malformed rows were left out')
    expect(told).toHaveLength(2)
    expect(told[0]).toMatch(/^ {2}ID\.csv\.gz, line 7: short: size is no long$/)
    expect(told[1]).toContain(`, line 8: ${'x'.repeat(79)}…: `)
  })

  test('with many malformed rows names the first ten', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => `"photo-bucket","k${i}","","true","false","big","","e"\n`)
    await writeFile(join(place.folder, 'stocktake.yaml'), `${SETTINGS}    max_rejected: 100%\n`)
    await place.putReport(FIRST_TIME, rows, { filesCount: 1 })
    const { stderr } = await importPhotos()
    expect(stderr).toContain('warning: 12 malformed rows were left out\n')
    expect(stderr.match(/^ {2}ID\.csv\.gz, line \d+/gm)).toHaveLength(10)
    expect(stderr).toContain('\n  … and 2 more\n')
  })
})

describe('all reports', () => {
  test('are imported, oldest first', async () => {
    await place.putReport(SECOND_TIME, SECOND_ROWS)
    const { stdout } = await importPhotos('--all')
    expect(stdout.match(/^imported photos \S+/gm)).toEqual([`imported photos ${FIRST}`, `imported photos ${SECOND}`])
  })

  test('but one that can not be trusted make exit code 4', async () => {
    await putSpoiled()
    await place.putReport('2026-01-21T01:00Z', FIRST_ROWS)
    const { code, stdout, stderr } = await importPhotos('--all')
    expect(code).toBe(4)
    expect(stdout.match(/^imported photos \S+/gm)).toEqual([
      `imported photos ${FIRST}`,
      'imported photos 2026-01-21T01-00Z',
    ])
    expect(stderr).toContain(`warning: refused ${SECOND}: file://…/reports/photo-bucket/daily/data/ID.csv.gz: expected`)
    expect(stderr).toContain('stocktake: 1 of 3 reports: refused; the others count\n')
  })
})

describe('a report that can not be trusted', () => {
  const refused = 'stocktake: refused: file://…/reports/photo-bucket/daily/data/ID.csv.gz: expected MD5 MD5, got MD5'

  test('leaves the lake as it was, and says what that is', async () => {
    await importPhotos()
    const before = await place.rows('snapshots')
    await putSpoiled()
    expect(await importPhotos()).toEqual({
      code: 4,
      stdout: '',
      stderr: [
        `photos  ${SECOND}  CSV, 2 files, SIZE`,
        refused,
        `  the lake is as it was; newest snapshot is ${FIRST} (3 days old)`,
        '  wait for the next delivery\n',
      ].join('\n'),
    })
    expect(await place.rows('snapshots')).toEqual(before)
  })

  test('names an earlier one that can be imported instead', async () => {
    await putSpoiled()
    expect((await importPhotos()).stderr).toBe(
      [
        'made the lake …/lake',
        `photos  ${SECOND}  CSV, 2 files, SIZE`,
        refused,
        '  the lake is as it was; it has no snapshot of photos yet',
        `  wait for the next delivery, or import an earlier one: stocktake import photos --at ${FIRST}\n`,
      ].join('\n'),
    )
  })
})

test.each<[string[], number, string]>([
  [['photo'], 3, 'connector "photo": no such connector; did you mean photos?'],
  [
    ['listed'],
    2,
    'connector listed: expected inventory: with destination_bucket and config_name, got none; say where its reports are',
  ],
  [['photos', '--at', 'yesterday'], 2, 'report time "yesterday": expected UTC to the minute, as 2026-01-20T01-00Z'],
  [['photos', '--manifest', 'no.json'], 3, 'file://…/reports/no.json: no such manifest'],
  [['photos', '--all', '--at', FIRST], 2, 'expected either all or at, got both; see stocktake import --help'],
  [
    ['photos', '--at', FIRST, '--manifest', 'x'],
    2,
    'expected either at or manifest, got both; see stocktake import --help',
  ],
])('import %j is refused', async (args, code, message) => {
  const answer = await place.run('import', ...args)
  expect({ code: answer.code, stdout: answer.stdout }).toEqual({ code, stdout: '' })
  expect(answer.stderr.replace('made the lake …/lake\n', '')).toBe(`stocktake: ${message}\n`)
})
