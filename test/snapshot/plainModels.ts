import { createHash } from 'node:crypto'
import type { ReportRow } from '../../src/demo/writeReport.js'

// What the tables `folders` and `changes` must hold, worked out row by row from the rows of reports.

/** The fields that a report may lack. */
export type OptionalField = 'size' | 'lastModified' | 'eTag' | 'storageClass'

export const OPTIONAL_COLUMNS: Readonly<Record<OptionalField, string>> = {
  size: 'size',
  lastModified: 'last_modified_date',
  eTag: 'e_tag',
  storageClass: 'storage_class',
}

/** A row as a report without those fields shows it. */
export function withoutFields(row: ReportRow, fields: readonly OptionalField[]): ReportRow {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !fields.some(field => field === name))) as {
    key: string
  }
}

const isCurrent = ({ isLatest = true, isDeleteMarker = false }: ReportRow): boolean => isLatest && !isDeleteMarker

/** The folders a key lies in, the root first. */
export function foldersOf(key: string): string[] {
  const names = key.split('/').slice(0, -1)
  return ['', ...names.map((_, i) => `${names.slice(0, i + 1).join('/')}/`)]
}

/** The rows of `folders`, by path; `discovered` are the days on which folders were seen first. */
export function plainFolders(
  rows: readonly ReportRow[],
  guid: string,
  day: Date,
  discovered: ReadonlyMap<string, Date>,
) {
  const paths = new Set(['', ...rows.flatMap(row => foldersOf(row.key))])
  return new Map(
    [...paths].map(path => {
      const below = rows.filter(row => row.key.startsWith(path) && foldersOf(row.key).includes(path))
      const current = below.filter(isCurrent)
      const direct = current.filter(row => foldersOf(row.key).at(-1) === path)
      const old = below.filter(row => row.isLatest === false && row.isDeleteMarker !== true)
      const folder = {
        guid: `fld_${createHash('md5').update(`${guid}\n${path}`).digest('hex').slice(0, 26)}`,
        parent: path === '' ? null : (foldersOf(path).at(-2) ?? ''),
        depth: BigInt(foldersOf(path).length - 1),
        object_count: BigInt(current.length),
        total_size_bytes: sumSizes(current),
        direct_object_count: BigInt(direct.length),
        direct_size_bytes: sumSizes(direct),
        noncurrent_object_count: BigInt(old.length),
        noncurrent_size_bytes: sumSizes(old),
        delete_marker_count: BigInt(below.filter(row => row.isDeleteMarker).length),
        last_modified: newest(current),
        discovered_at: discovered.get(path) ?? day,
        fingerprint: direct.length === 0 ? null : direct.map(hashRow).reduce((a, b) => a ^ b),
      }
      return [path, folder] as const
    }),
  )
}

const sumSizes = (rows: readonly ReportRow[]): bigint => rows.reduce((sum, { size = 0 }) => sum + BigInt(size), 0n)

function newest(rows: readonly ReportRow[]): Date | null {
  const times = rows.flatMap(({ lastModified }) => (lastModified ? [lastModified.getTime()] : []))
  return times.length === 0 ? null : new Date(Math.max(...times))
}

/** 63 bits of the MD5 of what a folder's fingerprint depends on. */
function hashRow({ key, size, eTag, lastModified, storageClass }: ReportRow): bigint {
  const content = [key, size ?? '', eTag ?? '', lastModified?.getTime() ?? '', storageClass ?? ''].join('\n')
  return createHash('md5').update(content).digest().readBigUInt64LE(8) & 0x7fff_ffff_ffff_ffffn
}

/** The rows of `changes`, by key. */
export function plainChanges(before: readonly ReportRow[], after: readonly ReportRow[]) {
  const [older, newer] = [before, after].map(rows => new Map(rows.filter(isCurrent).map(row => [row.key, row])))
  const keys = new Set([...(older?.keys() ?? []), ...(newer?.keys() ?? [])])
  return new Map(
    [...keys].flatMap(key => {
      const [a, b] = [older?.get(key), newer?.get(key)]
      const change = changeOf(a, b)
      return change === undefined ? [] : [[key, { change, ...pairs(a, b) }] as const]
    }),
  )
}

function changeOf(a: ReportRow | undefined, b: ReportRow | undefined): string | undefined {
  if (!a) return 'new'
  if (!b) return 'deleted'
  const differs = (x: unknown, y: unknown) => x !== undefined && y !== undefined && String(x) !== String(y)
  if (differs(a.eTag, b.eTag) || differs(a.size, b.size)) return 'modified'
  const touched =
    differs(a.lastModified?.getTime(), b.lastModified?.getTime()) || differs(a.storageClass, b.storageClass)
  return touched ? 'touched' : undefined
}

const pairs = (a: ReportRow | undefined, b: ReportRow | undefined) => ({
  size_before: toBigInt(a?.size),
  size_after: toBigInt(b?.size),
  e_tag_before: a?.eTag ?? null,
  e_tag_after: b?.eTag ?? null,
  last_modified_before: a?.lastModified ?? null,
  last_modified_after: b?.lastModified ?? null,
  storage_class_before: a?.storageClass ?? null,
  storage_class_after: b?.storageClass ?? null,
})

const toBigInt = (size: number | bigint | undefined): bigint | null => (size === undefined ? null : BigInt(size))
