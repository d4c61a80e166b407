import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FIRST, FIRST_ROWS, FIRST_TIME, openSmallPlace, type SmallPlace } from './smallLake.js'

let place: SmallPlace
beforeEach(async () => {
  place = await openSmallPlace()
})
afterEach(() => place.remove())

test('list', async () => {
  const { code, stdout, stderr } = await place.run('connectors', 'list')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.split('\n').map(line => line.split(/ {2,}/))).toEqual([
    ['name', 'source', 'reports', 'schedule', 'declared in'],
    ['listed', 'other-bucket', 'weekly', 'stocktake.yaml:3:3'],
    ['photos', '…/photo-bucket', '…/reports', 'daily', 'stocktake.yaml:5:3'],
    [''],
  ])
})

test('show', async () => {
  const { stdout } = await place.run('connectors', 'show', 'photos')
  expect(stdout).toMatch(/^guid +con_[0-9a-f]{26}$/m)
  expect(stdout).toMatch(/^destination bucket +…\/reports$/m)
  expect(stdout).toMatch(/^error after +3 days$/m)
  expect(await place.rows('connectors', 'show', 'listed')).toMatchObject([
    { name: 'listed', source_bucket: 'other-bucket', destination_bucket: null, warn_after_ms: 129_600_000 },
  ])
  expect((await place.run('connectors', 'show', 'lsited')).code).toBe(3)
})

describe('test', () => {
  const check = async (name = 'photos') => {
    const { code, stdout, stderr } = await place.run('connectors', 'test', name, '--format', 'json')
    const checks: Record<string, string>[] = JSON.parse(stdout)
    return { code, stderr, checks: checks.map(({ status, check, found }) => `${status} ${check}: ${found}`) }
  }
  const makeFolders = async () => {
    await mkdir(join(place.folder, 'photo-bucket'))
    await mkdir(join(place.folder, 'reports'), { recursive: true })
  }

  test('all is well', async () => {
    await makeFolders()
    await place.putReport('2026-01-21T20:00Z', FIRST_ROWS)
    const { stdout, ...rest } = await place.run('connectors', 'test', 'photos')
    expect(rest).toEqual({ code: 0, stderr: '' })
    expect(stdout.replace(/\d+ B/, 'SIZE')).toBe(
      [
        'ok    destination     …/reports',
        'ok    newest report   2026-01-21T20-00Z, 5 h old',
        'ok    manifest        CSV, 2 files, SIZE, 8 columns',
        'ok    source          …/photo-bucket\n',
      ].join('\n'),
    )
  })

  test('an old report is a warning', async () => {
    await makeFolders()
    await place.putReport(FIRST_TIME, FIRST_ROWS, { fields: ['bucket', 'key', 'size', 'unheard_of'] })
    const { code, checks } = await check()
    expect(code).toBe(0)
    expect(checks[1]).toBe(`warn newest report: ${FIRST}, 3 days old`)
    expect(checks[2]).toMatch(/^warn manifest: CSV, 2 files, \d+ B, 4 columns$/)
  })

  test('what is not there fails, and ends the steps that need it', async () => {
    expect(await check()).toEqual({
      code: 1,
      stderr: 'stocktake: connector photos: 1 of 2 checks failed\n',
      checks: ['fail destination: …/reports: no such folder', 'warn source: …/photo-bucket: no such folder'],
    })
    await makeFolders()
    const { code, checks } = await check()
    expect(code).toBe(1)
    expect(checks).toEqual([
      'ok destination: …/reports',
      'fail newest report: file://…/reports/photo-bucket/daily/: expected a report with manifest.json and manifest.checksum, got no dated folder',
      'ok source: …/photo-bucket',
    ])
  })

  test('a manifest that can not be trusted fails', async () => {
    await makeFolders()
    await place.putReport(FIRST_TIME, FIRST_ROWS)
    await writeFile(join(place.folder, `reports/photo-bucket/daily/${FIRST}/manifest.checksum`), 'short')
    const { code, checks } = await check()
    expect(code).toBe(1)
    expect(checks[2]).toContain('expected an MD5 of 32 hex digits, got "short"')
    await rm(join(place.folder, 'photo-bucket'), { recursive: true })
  })

  test('a connector without reports fails', async () => {
    const { code, checks } = await check('listed')
    expect(code).toBe(1)
    expect(checks[0]).toBe('fail inventory: none is configured')
  })
})
