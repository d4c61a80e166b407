import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Change, ChangePage, ChangeSummary } from '../../src/api/changes.js'
import type { FolderPage } from '../../src/api/folders.js'
import type { SqlAnswer } from '../../src/api/results.js'
import type { Problem } from '../../src/api/shapes.js'
import type { ReportRow } from '../../src/demo/writeReport.js'
import { listReceipts, type Receipt } from '../../src/snapshot/receipts.js'
import { removeReceipts } from '../../src/snapshot/removeReceipts.js'
import {
  FIRST,
  FIRST_ROWS,
  FIRST_TIME,
  openSmallPlace,
  SECOND,
  SECOND_ROWS,
  SECOND_TIME,
  type SmallPlace,
} from '../commands/smallLake.js'
import { type ServedPlace, servePlace } from './servedPlace.js'

const CHANGES = '/api/connectors/photos/changes'
const FOLDERS = '/api/connectors/photos/inventory/folders'

let place: SmallPlace
let served: ServedPlace
beforeAll(async () => {
  place = await openSmallPlace()
  const ownTags = (rows: readonly ReportRow[]) => rows.map(row => ({ ...row, eTag: `${row.key} ${row.eTag}` }))
  await place.putReport(FIRST_TIME, ownTags(FIRST_ROWS))
  await place.putReport(SECOND_TIME, ownTags(SECOND_ROWS))
  expect((await place.run('import', 'photos', '--all')).code).toBe(0)
  served = await servePlace(place.folder)
})
afterAll(async () => {
  await served.close()
  await place.remove()
})

describe('GET …/changes', () => {
  test('what differs from the base of the newest', async () => {
    const { from, to, changes, next } = await served.get<ChangePage>(CHANGES)
    expect([from, next]).toEqual([FIRST, null])
    expect(to).toMatchObject({ connector: 'photos', snapshot: SECOND, taken_at: '2026-01-20T01:00:00.000Z' })
    expect(changes.map(({ key, change }) => [key, change])).toEqual([
      ['2025/b.jpg', 'deleted'],
      ['2026/c.jpg', 'touched'],
      ['2026/d.jpg', 'new'],
      ['readme.txt', 'modified'],
    ])
    expect(changes[3]).toEqual({
      ...{ key: 'readme.txt', change: 'modified', size_before: 100, size_after: 120 },
      ...{ last_modified_before: '2026-01-01T10:30:00.000Z', last_modified_after: '2026-01-01T10:30:00.000Z' },
      ...{
        storage_class_before: null,
        storage_class_after: null,
        e_tag_before: 'readme.txt e1',
        e_tag_after: 'readme.txt e2',
      },
    })
  })

  test.each([
    ['a page after the other', ''],
    ['of what was not compared before', `&from=${SECOND}&to=${FIRST}`],
  ])('%s', async (_, more) => {
    const whole = await served.get<ChangePage>(`${CHANGES}?limit=100${more}`)
    const found: Change[] = []
    for (let next: string | null = ''; next !== null; ) {
      const page: ChangePage = await served.get(`${CHANGES}?limit=1${more}${next === '' ? '' : `&cursor=${next}`}`)
      found.push(...page.changes)
      next = page.next
    }
    expect(found).toEqual(whole.changes)
    expect(found).toHaveLength(4)
  })

  test.each([
    ['prefix=2026/', ['2026/c.jpg', '2026/d.jpg']],
    ['change=new', ['2026/d.jpg']],
    ['prefix=2025/&change=new', []],
    ["prefix=o'clock", []],
  ])('%s', async (query, keys) => {
    const { changes } = await served.get<ChangePage>(`${CHANGES}?${query}`)
    expect(changes.map(({ key }) => key)).toEqual(keys)
    expect((await served.get<Change[]>(`${CHANGES}?${query}&format=json`)).map(({ key }) => key)).toEqual(keys)
  })

  test('as a file', async () => {
    const answer = await served.ask(`${CHANGES}?format=csv&change=deleted`)
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="photos_${FIRST}_${SECOND}_deleted.csv"`,
    )
    expect((await answer.text()).split('\n').slice(0, 2)).toEqual([
      'key,change,size_before,size_after,last_modified_before,last_modified_after,storage_class_before,storage_class_after,e_tag_before,e_tag_after',
      '2025/b.jpg,deleted,3000000,,2026-01-01T10:30:00.000Z,,,,2025/b.jpg e1,',
    ])
  })

  test('its SQL gives the same rows', async () => {
    const sql = await (await served.ask(`${CHANGES}?format=sql&change=new`)).text()
    const { rows } = (await (await served.query(sql)).json()) as SqlAnswer
    expect(rows.map(row => row.slice(0, 4))).toEqual([['2026/d.jpg', 'new', null, 4000000]])
  })

  test('under a tag', async () => {
    const etag = (await served.ask(CHANGES)).headers.get('etag') ?? ''
    expect((await served.ask(CHANGES, { headers: { 'if-none-match': etag } })).status).toBe(304)
  })

  test.each([
    ['/api/connectors/nobody/changes', 404, /no such connector|nobody/],
    [`${CHANGES}?from=2020-01-01T01-00Z`, 404, /no such whole snapshot/],
    [`${CHANGES}?to=${FIRST}`, 404, /the first snapshot/],
    [`${CHANGES}?from=yesterday`, 400, /yesterday/],
    [`${CHANGES}?cursor=AAAA`, 400, /cursor/],
    [`${CHANGES}?cursor=${cursor(FIRST, SECOND, 'a base', 'another import')}`, 400, /imported again/],
    [`${CHANGES}?limit=0`, 400, /limit/],
  ])('%s is %i', async (path, status, detail) => {
    const answer = await served.ask(path)
    expect([answer.status, ((await answer.json()) as Problem).detail]).toEqual([status, expect.stringMatching(detail)])
  })
})

function cursor(...parts: string[]): string {
  return Buffer.from(JSON.stringify([...parts, 'key'])).toString('base64url')
}

describe('GET …/changes/summary', () => {
  test('sums, folders, and what bears in mind', async () => {
    expect(await served.get<ChangeSummary>(`${CHANGES}/summary`)).toEqual({
      from: FIRST,
      to: expect.objectContaining({ snapshot: SECOND, base_snapshot: FIRST }),
      totals: {
        ...{ new_count: 1, new_size_bytes: 4000000, modified_count: 1, modified_size_change: 20 },
        ...{ deleted_count: 1, deleted_size_bytes: 3000000, touched_count: 1 },
      },
      folders: [
        expect.objectContaining({ path: '', new_count: 1, modified_count: 1, deleted_count: 1, size_change: 1000020 }),
        expect.objectContaining({ path: '2025/', new_count: 0, deleted_count: 1, size_change: -3000000 }),
        expect.objectContaining({ path: '2026/', new_count: 1, touched_count: 1, size_change: 4000000 }),
      ],
      is_cut: false,
      vanished: [{ path: '2025/', deleted_count: 1, deleted_size_bytes: 3000000, remaining_count: 1 }],
      notices: [],
    })
  })

  test('back in time', async () => {
    const { totals, vanished, notices } = await served.get<ChangeSummary>(
      `${CHANGES}/summary?from=${SECOND}&to=${FIRST}`,
    )
    expect(totals).toMatchObject({ new_count: 1, deleted_count: 1, deleted_size_bytes: 4000000 })
    expect(vanished).toEqual([{ path: '2026/', deleted_count: 1, deleted_size_bytes: 4000000, remaining_count: 1 }])
    expect(notices).toEqual(['back in time: what would undo the changes'])
  })

  test('below a folder', async () => {
    const { totals, folders, vanished } = await served.get<ChangeSummary>(`${CHANGES}/summary?prefix=2026/&depth=3`)
    expect([totals.new_count, totals.deleted_count, folders.map(({ path }) => path), vanished]).toEqual([
      1,
      0,
      ['2026/'],
      [],
    ])
  })

  test.each(['json', 'csv', 'sql'])('as %s', async format => {
    const answer = await served.ask(`${CHANGES}/summary?format=${format}&depth=2`)
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('size_change')])
  })
})

// The last, as it takes the base away.
describe('pages whose base', () => {
  const receiptOf = async (name: string): Promise<Receipt> => {
    const found = await served.world.reader.read(effects => listReceipts(effects, 'photos'))
    const receipt = found.find(({ snapshot }) => snapshot === name)
    if (!receipt) throw new Error(`no ${name}`)
    return receipt
  }

  test('was imported again are refused, and begin again', async () => {
    const { next } = await served.get<ChangePage>(`${CHANGES}?limit=1`)
    const folders = await served.get<FolderPage>(`${FOLDERS}?limit=1`)
    const { import_id } = await receiptOf(FIRST)
    expect((await place.run('import', 'photos', '--at', FIRST, '--again')).code).toBe(0)
    served.world.reader.forget()
    expect((await receiptOf(FIRST)).import_id).not.toBe(import_id)
    for (const path of [`${CHANGES}?cursor=${next}`, `${FOLDERS}?cursor=${folders.next}`]) {
      const answer = await served.ask(path)
      expect([path, answer.status, await answer.text()]).toEqual([path, 400, expect.stringMatching(/begin again/)])
    }
  })

  test('has been removed follow one another', async () => {
    const { imported_at, ...base } = await receiptOf(FIRST)
    const whole = await served.get<ChangePage>(`${CHANGES}?limit=100`)
    const before = await served.get<ChangePage>(`${CHANGES}?limit=1`)
    await served.world.reader.read(effects =>
      removeReceipts(all => all.filter(each => each.import_id === base.import_id), {
        ...effects,
        now: () => imported_at,
      }),
    )
    served.world.reader.forget()
    expect((await served.ask(`${CHANGES}?cursor=${before.next}`)).status).toBe(400)
    const first = await served.get<ChangePage>(`${CHANGES}?limit=2`)
    const second = await served.get<ChangePage>(`${CHANGES}?limit=2&cursor=${first.next}`)
    expect([first.from, second.from, second.next]).toEqual([FIRST, FIRST, null])
    expect([...first.changes, ...second.changes]).toEqual(whole.changes)
    expect((await served.ask(`${CHANGES}?from=${FIRST}&prefix=2026/`)).status).toBe(404)
  })
})
