import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ReportRow } from '../../src/demo/writeReport.js'
import type { Row } from '../../src/engine/engine.js'
import { CHANGES, FOLDERS, OBJECTS } from '../../src/snapshot/tables.js'
import { tryTimes } from '../laws.js'
import { closeTestLake, connectorOf, importOne, openTestLake, readImport, type TestLake } from './importing.js'
import { OPTIONAL_COLUMNS, type OptionalField, plainChanges, plainFolders, withoutFields } from './plainModels.js'
import { putCsv } from './reports.js'

let lake: TestLake
beforeAll(async () => {
  lake = await openTestLake()
})
afterAll(() => closeTestLake(lake))

const DAY_MS = 86_400_000

const name = fc.constantFrom('a', 'b', 'A', 'a b', 'a+b', 'é', '', '..', 'x%y', '"', '📷')
const key = fc
  .array(name, { minLength: 1, maxLength: 4 })
  .map(names => names.join('/'))
  .filter(text => text !== '')

/** One version of an object; few values, so that two of them are often alike. */
const version = fc.record({
  size: fc.constantFrom(0, 1, 2, 2n ** 40n),
  lastModified: fc.constantFrom(...[0, 1, 1000, DAY_MS].map(ms => new Date(Date.UTC(2026, 0, 1) + ms))),
  eTag: fc.constantFrom('e1', 'e2'),
  storageClass: fc.constantFrom('STANDARD', 'GLACIER'),
})

/** What a bucket holds of one key: its versions, the newest first, of which any may be a delete marker. */
const versions = fc.array(fc.record({ version, isDeleteMarker: fc.boolean() }), { minLength: 1, maxLength: 3 })

/** A bucket of few keys, as rows of a report. */
const bucket = fc.dictionary(key, versions, { maxKeys: 12, noNullPrototype: true }).map(objects =>
  Object.entries(objects).flatMap(([key, list]) =>
    list.map(({ version, isDeleteMarker }, i): ReportRow => {
      const which = { key, versionId: `v${i}`, isLatest: i === 0, isDeleteMarker }
      return isDeleteMarker ? { ...which, lastModified: version.lastModified } : { ...which, ...version }
    }),
  ),
)

const lacking = fc.subarray<OptionalField>(['size', 'lastModified', 'eTag', 'storageClass'], {
  minLength: 0,
  maxLength: 2,
})
const report = fc.record({
  rows: bucket,
  lacking: fc.oneof({ weight: 2, arbitrary: fc.constant<OptionalField[]>([]) }, { weight: 1, arbitrary: lacking }),
})

const COUNTS = ['object_count', 'noncurrent_object_count', 'delete_marker_count']

const pick = (row: object = {}, columns: readonly string[] = []) =>
  Object.fromEntries(Object.entries(row).filter(([column]) => columns.includes(column)))

const byColumn = (rows: readonly Row[], column: string, kept: readonly string[]) =>
  new Map(rows.map(row => [row[column], Object.fromEntries(kept.map(each => [each, row[each]]))]))

test('folders and changes are those of the rows, whatever the bucket, its versions and the columns of its reports', async () => {
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(report, { minLength: 2, maxLength: 3 }), async reports => {
      const connector = connectorOf({}, {}, `run${++run}`)
      let before: readonly ReportRow[] | undefined
      const discovered = new Map<string, Date>()
      for (const [i, { rows, lacking }] of reports.entries()) {
        const day = new Date(Date.UTC(2026, 0, 1) + (run * 10 + i) * DAY_MS)
        const seen = rows.map(row => withoutFields(row, lacking))
        const fields = ['size', 'lastModified', 'eTag', 'storageClass'] as const
        const columns = fields.filter(field => !lacking.includes(field)).map(field => OPTIONAL_COLUMNS[field])
        await putCsv(lake.reports, day, seen, [
          'bucket',
          'key',
          'version_id',
          'is_latest',
          'is_delete_marker',
          ...columns,
        ])
        const receipt = await importOne(lake, { connector })
        const { import_id: importId } = receipt

        const folders = plainFolders(seen, connector.guid, day, discovered)
        const foundFolders = await readImport(lake, FOLDERS, importId)
        const folderColumns = FOLDERS.schema.fields.map(field => field.name).slice(4)
        expect(byColumn(foundFolders, 'path', folderColumns)).toEqual(
          new Map([...folders].map(([path, folder]) => [path, { path, ...folder }])),
        )

        const changes = before === undefined ? new Map() : plainChanges(before, seen)
        const foundChanges = await readImport(lake, CHANGES, importId)
        const changeColumns = CHANGES.schema.fields.map(field => field.name).slice(6)
        expect(byColumn(foundChanges, 'key', changeColumns)).toEqual(changes)
        expect(foundChanges).toHaveLength(changes.size)

        const count = (change: string) =>
          before === undefined ? null : BigInt([...changes.values()].filter(each => each.change === change).length)
        expect(receipt).toMatchObject({
          row_count: BigInt(seen.length),
          rejected_row_count: 0n,
          folder_count: BigInt(folders.size),
          ...pick(folders.get(''), [...COUNTS, 'total_size_bytes', 'noncurrent_size_bytes']),
          ...{ new_count: count('new'), modified_count: count('modified') },
          ...{ touched_count: count('touched'), deleted_count: count('deleted') },
        })
        expect(await readImport(lake, OBJECTS, importId)).toHaveLength(seen.length)

        for (const [path, { discovered_at }] of folders) discovered.set(path, discovered_at)
        for (const path of discovered.keys()) if (!folders.has(path)) discovered.delete(path) // known to the base only
        before = seen
      }
    }),
    { numRuns: tryTimes(5, 12) },
  )
})
