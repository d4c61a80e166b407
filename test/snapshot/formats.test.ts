import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { compareCodePoints } from '../../src/codePoints.js'
import { listOddKeys } from '../../src/demo/oddKeys.js'
import type { ReportRow } from '../../src/demo/writeReport.js'
import type { Row } from '../../src/engine/engine.js'
import { CHANGES, FOLDERS, OBJECTS } from '../../src/snapshot/tables.js'
import { tryTimes } from '../laws.js'
import { describeWithOracles } from '../oracles/oracles.js'
import {
  closeTestLake,
  FIRST,
  importOne,
  openTestLake,
  readImport,
  readVouched,
  receiptsOf,
  SECOND,
  type TestLake,
  withoutImport,
} from './importing.js'
import { orcReport, parquetReport, putCsv, putReport } from './reports.js'

const LONGEST_KEY_BYTES = 1024

/** Keys that trip programs up, each with an old version, some deleted, with dates and sizes at the edges. */
function awkwardRows(day: Date): ReportRow[] {
  const keys = [...listOddKeys(), 'nul\0nul.txt', 'form%20feed\f', 'folder/\ufeffmark', 'a'.repeat(LONGEST_KEY_BYTES)]
  return keys.flatMap((key, i): ReportRow[] => {
    const old = {
      key,
      versionId: `v${i}`,
      isLatest: false,
      size: i,
      lastModified: FIRST,
      eTag: `e${i}`,
      storageClass: 'GLACIER',
    }
    if (i % 7 === 3)
      return [old, { key, versionId: `m${i}`, isDeleteMarker: true, lastModified: new Date(day.getTime() + 1) }]
    const size = i % 11 === 5 ? 2n ** 53n + 1n + BigInt(i) : i * 1_000_003
    const eTag = i % 5 === 0 ? `${day.getTime()}` : `e${i}`
    return [old, { key, size, lastModified: new Date(day.getTime() - i), eTag, storageClass: 'STANDARD' }]
  })
}

/** What two imports of the bucket leave in the tables; the second has other objects, and compares them. */
async function importTwice(put: (lake: TestLake, day: Date, rows: ReportRow[]) => Promise<unknown>) {
  const lake = await openTestLake()
  try {
    for (const day of [FIRST, SECOND]) {
      const rows = awkwardRows(day)
      await put(lake, day, day === SECOND ? rows.filter((_, i) => i % 9 !== 4) : rows.filter((_, i) => i % 13 !== 7))
      await importOne(lake)
    }
    const [objects, folders, changes] = [OBJECTS, FOLDERS, CHANGES].map(spec => readVouched(lake, spec))
    return {
      objects: withoutImport((await objects) ?? []),
      folders: withoutImport((await folders) ?? []),
      changes: withoutImport((await changes) ?? []),
      receipts: (await receiptsOf(lake)).map(({ row_count, rejected_row_count }) => [row_count, rejected_row_count]),
    }
  } finally {
    await closeTestLake(lake)
  }
}

type Tables = Awaited<ReturnType<typeof importTwice>>

const countChanges = (rows: readonly Row[]) => {
  const counts: Record<string, number> = {}
  for (const { change } of rows) counts[String(change)] = (counts[String(change)] ?? 0) + 1
  return counts
}

describeWithOracles('CSV, Parquet and ORC of one bucket', () => {
  let csv: Tables
  let parquet: Tables
  let orc: Tables
  beforeAll(async () => {
    csv = await importTwice((lake, day, rows) => putCsv(lake.reports, day, rows))
    parquet = await importTwice(async (lake, day, rows) =>
      putReport(lake.reports, await parquetReport(lake.engine, day, rows)),
    )
    orc = await importTwice(async (lake, day, rows) => putReport(lake.reports, await orcReport(day, rows)))
  })

  test('every row is accepted', () => {
    const counts = [SECOND, FIRST].map(day => [
      BigInt(awkwardRows(day).filter((_, i) => (day === SECOND ? i % 9 !== 4 : i % 13 !== 7)).length),
      0n,
    ])
    expect({ csv: csv.receipts, parquet: parquet.receipts, orc: orc.receipts }).toEqual({
      csv: counts,
      parquet: counts,
      orc: counts,
    })
  })

  test('gives the same objects', () => {
    expect(parquet.objects).toEqual(csv.objects)
    expect(orc.objects).toEqual(csv.objects)
  })

  test('gives the same folders', () => {
    expect(parquet.folders).toEqual(csv.folders)
    expect(orc.folders).toEqual(csv.folders)
  })

  test('gives the same changes, of every kind', () => {
    expect(Object.keys(countChanges(csv.changes)).sort()).toEqual(['deleted', 'modified', 'new', 'touched'])
    expect(parquet.changes).toEqual(csv.changes)
    expect(orc.changes).toEqual(csv.changes)
  })

  test('has the objects as they were written', () => {
    const second = csv.objects.filter(({ snapshot }) => snapshot === '2026-01-20T01-00Z')
    const plain = second.map(({ key, version_id, is_latest, is_delete_marker, size, last_modified_date, e_tag }) =>
      JSON.stringify([
        key,
        version_id,
        is_latest,
        is_delete_marker,
        size === null ? null : String(size),
        last_modified_date,
        e_tag,
      ]),
    )
    const written = awkwardRows(SECOND)
      .filter((_, i) => i % 9 !== 4)
      .map(({ key, versionId = null, isLatest = true, isDeleteMarker = false, size, lastModified, eTag = null }) =>
        JSON.stringify([
          key,
          versionId,
          isLatest,
          isDeleteMarker,
          size === undefined ? null : String(size),
          lastModified,
          eTag,
        ]),
      )
    expect(plain.sort()).toEqual(written.sort())
  })
})

test('every key goes through a CSV report unharmed', async () => {
  const lake = await openTestLake()
  let day = 0
  try {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(s3Key(), { minLength: 1, maxLength: 40 }), async keys => {
        const takenAt = new Date(FIRST.getTime() + ++day * 86_400_000)
        await putCsv(
          lake.reports,
          takenAt,
          keys.map(key => ({ key, size: 1 })),
        )
        const { import_id } = await importOne(lake)
        const rows = await readImport(lake, OBJECTS, import_id)
        expect(rows.map(row => row.key)).toEqual(keys.sort(compareCodePoints))
      }),
      { numRuns: tryTimes(5, 12) },
    )
  } finally {
    await closeTestLake(lake)
  }
})

/** Any text of 1 to 1,024 bytes, and often of what is special somewhere; half surrogate pairs are no text. */
const s3Key = () =>
  fc
    .array(
      fc.oneof(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
        fc.constantFrom('/', '//', '+', ' ', '%', '%2B', '%zz', '"', '","', '\n', '\r\n', '\\', "'", ',', '\0', '..'),
      ),
      { minLength: 1, maxLength: 6 },
    )
    .map(parts => parts.join(''))
    .filter(key => Buffer.byteLength(key) <= LONGEST_KEY_BYTES)
