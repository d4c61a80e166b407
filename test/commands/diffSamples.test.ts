import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type DiffPlace,
  FIRST,
  FIRST_ROWS,
  importOf,
  openDiffPlace,
  SECOND,
  SECOND_ROWS,
  THIRD,
  THIRD_ROWS,
  timeOf,
} from './diffPlace.js'

describe('of samples, scans of a prefix, and snapshots that were imported again', () => {
  let place: DiffPlace
  beforeEach(async () => {
    place = await openDiffPlace()
    await place.putReport(timeOf(FIRST), FIRST_ROWS)
    await place.putReport(timeOf(SECOND), SECOND_ROWS)
    await importOf(place, 'photos', '--all')
  })
  afterEach(() => place.remove())

  const putFile = async (key: string, sizeBytes: number) => {
    await mkdir(join(place.folder, 'photo-bucket', key, '..'), { recursive: true })
    await writeFile(join(place.folder, 'photo-bucket', key), Buffer.alloc(sizeBytes))
  }
  /** The name of its snapshot. */
  const scan = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await place.run('scan', 'photos', ...args)
    if (code !== 0) throw new Error(stderr)
    return String((await place.rows('snapshots', 'photos'))[0]?.snapshot)
  }

  test('what a sample lacks is not deleted', async () => {
    for (let i = 0; i < 60; i++) await putFile(`${i}/x`, i)
    const name = await scan('--sample', '0.5')
    expect((await place.run('diff', 'photos')).stderr).toContain(`photos  ${FIRST} → ${SECOND}\n`)
    const { code, stderr } = await place.run('diff', 'photos', SECOND, name)
    expect([code, stderr]).toEqual([
      2,
      `stocktake: photos ${name}: expected a whole snapshot, got a sample: what a sample lacks isn't deleted; stocktake snapshots photos\n`,
    ])
  })

  test('a scan of a prefix is a snapshot of the keys that start with it, and of no others', async () => {
    await putFile('2026/c.jpg', 1_000_000)
    await putFile('2026/e.jpg', 7)
    const name = await scan('--prefix', '2026/')
    const changesOf = async (...args: string[]) =>
      (await place.rows('diff', 'photos', ...args)).map(({ key, change }) => [key, change])
    expect(await changesOf('--prefix', '2026/')).toEqual([
      ['2026/c.jpg', 'touched'],
      ['2026/d.jpg', 'deleted'],
      ['2026/e.jpg', 'new'],
    ])
    expect(await changesOf('--prefix', '2026/d')).toEqual([['2026/d.jpg', 'deleted']])
    const whole = (await place.run('diff', 'photos', '--prefix', '20')).stderr
    expect(whole).toContain(`photos  ${FIRST} → ${SECOND}  `)
    const { code, stderr } = await place.run('diff', 'photos', name)
    expect([code, stderr]).toEqual([3, expect.stringContaining(`snapshot "${name}": no such whole snapshot of photos`)])
  })

  test('a base that was imported again is compared as it is now', async () => {
    expect((await place.run('diff', 'photos', '--summary')).stdout).toContain('1 new')
    await place.putReport(timeOf(FIRST), THIRD_ROWS)
    await importOf(place, 'photos', '--at', FIRST, '--again')
    const rows = await place.rows('diff', 'photos')
    expect(rows.map(({ key, change }) => [key, change])).toEqual([
      ['2025/b.jpg', 'deleted'],
      ['2025/raw/b.cr3', 'new'],
      ['2025/raw/c.cr3', 'new'],
      ['archive/raw/b.cr3', 'deleted'],
      ['archive/raw/c.cr3', 'deleted'],
      ['readme.txt', 'modified'],
    ])
    const { stdout } = await place.run('diff', 'photos', '--sql')
    expect(await place.rows('query', stdout)).toEqual(rows)
  })

  test('an empty snapshot can be compared, in both directions', async () => {
    await place.putReport(timeOf(THIRD), [])
    await importOf(place, 'photos')
    expect((await place.run('diff', 'photos', '--summary')).stdout).toBe('6 deleted (-24 MB)\n')
    expect((await place.run('diff', 'photos', THIRD, SECOND, '--summary')).stdout).toBe('6 new (+24 MB)\n')
    expect((await place.rows('diff', 'photos', '--by', 'folder'))[0]).toMatchObject({
      ...{ path: '', object_count_before: 6, object_count_after: 0, size_before: 24_000_120, size_after: 0 },
    })
    expect((await place.run('diff', 'photos', THIRD, SECOND, '--fail-on', 'new>100%')).code).toBe(5) // of nothing
  })
})
