import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DataFile } from '../../src/iceberg/dataFile.js'
import { evolveSpec } from '../../src/iceberg/evolveSpec.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import type { TableMetadata } from '../../src/iceberg/metadata.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { findSmallFiles, splitSmallFiles } from '../../src/tables/planCompaction.js'
import { toTableSpec } from '../../src/tables/tableSpec.js'
import { EFFECTS, SALES } from './salesPlace.js'

async function makeMetadata(): Promise<TableMetadata> {
  const { metadata } = await filesCatalog(new MemoryStore('s3://b/lake'), EFFECTS).create(toTableSpec(SALES))
  const fields = ['tenant_id', 'year'].map(column => ({ name: column, column, transform: 'identity' }))
  return evolveSpec(metadata, fields, new Date(0))
}

const fileOf = (path: string, more: Partial<DataFile> = {}): DataFile => ({
  ...{ path, partition: { tenant_id: 'a', year: 2025 }, recordCount: 100, fileSizeBytes: 1_000, specId: 1 },
  ...{ columnSizes: new Map(), valueCounts: new Map(), nullValueCounts: new Map(), nanValueCounts: new Map() },
  ...{ lowerBounds: new Map(), upperBounds: new Map() },
  ...more,
})

const LIMITS = { smallBytes: 10_000, least: 3 }
const MEASURE = { mostRows: 1_000, rowsAtOnce: 250 }
const pathsOf = (groups: readonly { readonly files: readonly DataFile[] }[]) =>
  groups.map(({ files }) => files.map(({ path }) => path).join(' '))

test('files of one partition lie together; those of earlier specs do, sorted by theirs', async () => {
  const metadata = await makeMetadata()
  const old = (path: string, year: number) => fileOf(path, { specId: 0, partition: { year } })
  const other = { partition: { tenant_id: 'b', year: 2025 } }
  const files = [
    ...['a1', 'a2', 'a3'].map(path => fileOf(path)),
    ...['b1', 'b2'].map(path => fileOf(path, other)), // too few
    ...[fileOf('large', { fileSizeBytes: 10_000 }), fileOf('many rows', { recordCount: 501 })],
    ...[old('y1', 2026), old('x1', 2025), old('y2', 2026), old('x2', 2025)],
  ]
  const groups = findSmallFiles(metadata, files, LIMITS, MEASURE)
  expect(pathsOf(groups)).toEqual(['a1 a2 a3', 'x1 x2 y1 y2'])
  expect(groups.map(({ isCurrent }) => isCurrent)).toEqual([true, false])
  expect(pathsOf(groups.flatMap(group => splitSmallFiles(group, MEASURE)))).toEqual(['a1 a2', 'x1 x2', 'y1 y2'])
})

test('what was put together is not put together again, however much it is', async () => {
  const metadata = await makeMetadata()
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1_500 }), { maxLength: 60 }), fc.nat(5_000), (counts, more) => {
      const measure = { mostRows: 1_000, rowsAtOnce: 1_000 + more }
      const rowsOf = (files: readonly DataFile[]) => files.reduce((sum, file) => sum + file.recordCount, 0)
      let files = counts.map((recordCount, i) => fileOf(`f${i}`, { recordCount }))
      const rows = rowsOf(files)
      for (let round = 0; ; round++) {
        const groups = findSmallFiles(metadata, files, LIMITS, measure).flatMap(all => splitSmallFiles(all, measure))
        if (groups.length === 0) break
        for (const group of groups) {
          const pieces = Math.ceil(rowsOf(group.files) / measure.mostRows)
          expect(pieces).toBeLessThan(group.files.length)
          const each = Math.ceil(rowsOf(group.files) / pieces)
          const made = Array.from({ length: pieces }, (_, i) =>
            fileOf(`${group.files[0]?.path}/${i}`, {
              recordCount: i < pieces - 1 ? each : rowsOf(group.files) - each * (pieces - 1),
            }),
          )
          files = [...files.filter(file => !group.files.includes(file)), ...made]
        }
        expect(rowsOf(files)).toBe(rows)
        expect(round).toBeLessThan(5)
      }
    }),
  )
})
