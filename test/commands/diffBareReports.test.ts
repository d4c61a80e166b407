import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type DiffPlace,
  FIRST,
  FIRST_ROWS,
  importOf,
  object,
  openDiffPlace,
  SECOND,
  SECOND_ROWS,
  THIRD,
  timeOf,
  without,
} from './diffPlace.js'

describe('of reports that lack fields, or have malformed rows', () => {
  let place: DiffPlace
  beforeEach(async () => {
    place = await openDiffPlace()
  })
  afterEach(() => place.remove())

  test('an ETag that is chosen only later makes no object modified', async () => {
    await place.putReport(timeOf(FIRST), FIRST_ROWS, { fields: without('e_tag') })
    await place.putReport(timeOf(SECOND), FIRST_ROWS)
    await place.putReport(timeOf(THIRD), SECOND_ROWS)
    await importOf(place, 'photos', '--all')
    for (const args of [
      [FIRST, SECOND],
      [SECOND, FIRST],
    ])
      expect(await place.run('diff', 'photos', ...args, '--summary')).toMatchObject({
        code: 0,
        stdout: 'no changes\n',
        stderr: expect.stringContaining(`compared by size only: the report of ${FIRST} has no ETag`),
      })
    const { stdout } = await place.run('diff', 'photos', FIRST, THIRD, '--summary')
    expect(stdout).toBe('1 new (+4.0 MB), 1 modified (+20 B), 1 deleted (-3.0 MB), 1 touched\n')
    expect((await place.run('diff', 'photos', FIRST, THIRD, '--moves')).stdout).toContain('no moves')
  })

  test('sizes that are not known are told as such, and no condition on them is passed', async () => {
    await place.putReport(timeOf(FIRST), FIRST_ROWS, { fields: without('size') })
    await place.putReport(timeOf(SECOND), SECOND_ROWS)
    await importOf(place, 'photos', '--all')
    const { stderr } = await place.run('diff', 'photos', '--summary')
    expect(stderr).toContain(`compared by ETag only: the report of ${FIRST} has no size; bytes are not known`)
    const rows = await place.rows('diff', 'photos', '--by', 'folder')
    expect(rows.map(row => [row.path, row.size_before, row.size_after, row.size_change])).toEqual([
      ['', null, 24_000_120, null],
      ['2025/', null, 19_000_000, null],
      ['2026/', null, 5_000_000, 4_000_000],
    ])
    const blind = await place.run('diff', 'photos', '--summary', '--fail-on', 'size>1GB')
    expect([blind.code, blind.stderr]).toEqual([1, expect.stringContaining("size>1GB can't be told without sizes")])
    expect((await place.run('diff', 'photos', '--fail-on', 'modified>0')).code).toBe(5) // by their ETags
  })

  test('without both nobody knows what was modified', async () => {
    const fields = without('size').filter(field => field !== 'e_tag')
    await place.putReport(timeOf(FIRST), FIRST_ROWS, { fields })
    await place.putReport(timeOf(SECOND), SECOND_ROWS)
    await importOf(place, 'photos', '--all')
    const { code, stderr } = await place.run('diff', 'photos', '--fail-on', 'modified>0')
    expect([code, stderr]).toEqual([1, expect.stringContaining("modified>0 can't be told without sizes or ETags")])
    expect(stderr).toContain('content is not compared')
    expect((await place.run('diff', 'photos', '--fail-on', 'deleted>0')).code).toBe(5)
  })

  test('what nobody sees touched meets no condition, and passes none', async () => {
    const fields = without('storage_class').filter(field => field !== 'last_modified_date')
    await place.putReport(timeOf(FIRST), FIRST_ROWS, { fields })
    await place.putReport(timeOf(SECOND), SECOND_ROWS, { fields: without('last_modified_date') })
    await place.putReport(timeOf(THIRD), FIRST_ROWS, { fields: without('last_modified_date') })
    await importOf(place, 'photos', '--all')
    const blind = await place.run('diff', 'photos', FIRST, SECOND, '--fail-on', 'touched>0')
    const message = "touched>0 can't be told without dates or storage classes"
    expect([blind.code, blind.stderr]).toEqual([1, expect.stringContaining(message)])
    expect((await place.run('diff', 'photos', SECOND, THIRD, '--fail-on', 'touched>0')).code).toBe(5) // by the class
    expect((await place.run('diff', 'photos', FIRST, SECOND, '--fail-on', 'new>0')).code).toBe(5)
  })

  test('rows that were left out are told of', async () => {
    await place.putReport(timeOf(FIRST), FIRST_ROWS)
    await place.putReport(timeOf(SECOND), [...SECOND_ROWS, 'a,b,c'])
    await place.putCopy(timeOf(SECOND), SECOND_ROWS)
    await importOf(place, 'photos', '--all')
    await importOf(place, 'copy')
    const left = `1 malformed row left out of`
    const told = async (...args: string[]) => (await place.run('diff', ...args)).stderr
    expect(await told('photos')).toContain(`${left} ${SECOND}: as many keys may be told as deleted that are not`)
    expect(await told('photos', 'latest', FIRST)).toContain(`${left} ${SECOND}: as many keys may be told as new that`)
    expect(await told('photos', 'copy')).toContain(`${left} photos ${SECOND}: as many keys may be told as only in copy`)
  })

  test('copies are compared by what both reports have', async () => {
    await place.putReport(timeOf(FIRST), FIRST_ROWS)
    await place.putCopy(timeOf(FIRST), FIRST_ROWS, { fields: without('e_tag') })
    await importOf(place, 'photos')
    await importOf(place, 'copy')
    const { code, stdout, stderr } = await place.run('diff', 'photos', 'copy')
    expect([code, stdout]).toEqual([0, 'copy holds all 6 objects of photos, of the same size\n'])
    expect(stderr).toContain(`compared by size only: the report of copy ${FIRST} has no ETag`)
    const blind = await place.run('diff', 'photos', 'copy', '--fail-on', 'unclear>0')
    expect([blind.code, blind.stderr]).toEqual([1, expect.stringContaining("unclear>0 can't be told without")])
  })

  test('ETags of uploads in parts, or of encrypted content, say nothing of a copy', async () => {
    const keyed = { encryptionStatus: 'SSE-KMS' }
    await place.putReport(timeOf(FIRST), [
      object('parts', 9, 'x-2'),
      object('same parts', 9, 'x-2'),
      object('keyed', 9, 'e1'),
      object('keyed, of another size', 9, 'e1', keyed),
      object('other', 9, 'e1'),
      object('class', 9, 'e1'),
    ])
    await place.putCopy(timeOf(FIRST), [
      object('parts', 9, 'y'),
      object('same parts', 9, 'y-2'),
      object('keyed', 9, 'e2', keyed),
      object('keyed, of another size', 8, 'e2', keyed),
      object('other', 9, 'e2'),
      object('class', 9, 'e1', { storageClass: 'GLACIER', lastModified: new Date('2026-01-02T00:00:00Z') }),
    ])
    await importOf(place, 'photos')
    await importOf(place, 'copy')
    expect((await place.rows('diff', 'photos', 'copy')).map(({ key, difference }) => [key, difference])).toEqual([
      ['keyed', 'unclear'],
      ['keyed, of another size', 'differs'],
      ['other', 'differs'],
      ['parts', 'unclear'],
      ['same parts', 'differs'],
    ])
    expect((await place.run('diff', 'photos', 'copy', '--summary')).stdout).toBe(
      "copy holds all 6 objects of photos, 3 differ, 2 can't be told: same size, and ETags made in different ways\n",
    )
  })
})
