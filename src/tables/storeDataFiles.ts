import { randomUUID } from 'node:crypto'
import type { Table } from '../iceberg/catalog.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { hiveFolder } from '../iceberg/hiveFolder.js'
import { dataFolder, recordedPath, resolveFile } from '../iceberg/location.js'
import { getSpec, schemasNewestFirst } from '../iceberg/metadata.js'
import { type PartitionValue, type TypedPartitionField, typePartitionFields } from '../iceberg/partitionSpec.js'
import { parseDecimalType } from '../iceberg/schema.js'
import type { LocalDataFile } from './writeDataFiles.js'

/**
 * Puts finished local files into a table's folder, under `data/` and a folder for each partition field; or where its data
 * files are, if that is elsewhere. Nobody sees them
 * before a commit names them; where one can't be put, those before it are removed again.
 * @returns in the order of the files
 */
export async function storeDataFiles(files: readonly LocalDataFile[], table: Table): Promise<DataFile[]> {
  const stored: DataFile[] = []
  try {
    for (const file of files) stored.push(await storeFile(file, table))
    return stored
  } catch (error) {
    for (const { path } of stored) await table.store.remove(resolveFile(table, path)).catch(() => undefined)
    throw error
  }
}

async function storeFile({ path, partition, specId, facts }: LocalDataFile, table: Table): Promise<DataFile> {
  const { metadata } = table
  const fields = typePartitionFields(getSpec(metadata, specId), schemasNewestFirst(metadata))
  const folders = fields.map(field => [field, partition[field.name] ?? null] as const)
  const apart = dataFolder(table)
  const key =
    apart === undefined
      ? `${resolveFile(table, `${metadata.location}/data`)}/${folders.map(each => `${formatFolder(...each)}/`).join('')}${randomUUID()}.parquet`
      : `${apart}/${folders.map(each => `${exactFolder(...each)}/`).join('')}part_${randomUUID()}.parquet`
  await table.store.putFile(key, path)
  return {
    ...facts,
    path: recordedPath(table, key),
    partition,
    specId,
    sortOrderId: metadata['default-sort-order-id'],
  }
}

/** The folder of a partition value where readers go by it. */
function exactFolder({ name, type, transform }: TypedPartitionField, value: PartitionValue): string {
  return hiveFolder(name, value === null ? null : formatValue(transform.kind, type, value))
}

/**
 * The folder of a partition value as other writers name it. It is for people: readers go by the manifests, so a long
 * value may be cut.
 */
function formatFolder({ name, type, transform }: TypedPartitionField, value: PartitionValue): string {
  const text = value === null ? 'null' : formatValue(transform.kind, type, value)
  return `${encodePart(name)}=${encodePart(text)}`
}

function formatValue(kind: string, type: string | undefined, value: Exclude<PartitionValue, null>): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (kind === 'year') return formatYear(1970 + Number(value))
  if (kind === 'month') return formatMonth(Number(value))
  if (kind === 'hour') return formatHour(Number(value))
  if (type === 'date') return formatDay(Number(value))
  if (type === 'timestamp' || type === 'timestamptz')
    return `${formatMicros(BigInt(value))}${type === 'timestamptz' ? '+00:00' : ''}`
  if (type === 'time') return formatMicros(BigInt(value)).slice('1970-01-01T'.length)
  const decimal = type === undefined ? undefined : parseDecimalType(type as `decimal(${number},${number})`)
  return decimal ? formatDecimal(BigInt(value), decimal.scale) : String(value)
}

const formatYear = (year: number): string => String(year).padStart(4, '0')

function formatMonth(months: number): string {
  const year = Math.floor(months / 12)
  return `${formatYear(1970 + year)}-${String(months - year * 12 + 1).padStart(2, '0')}`
}

const formatDay = (days: number): string => new Date(days * 86_400_000).toISOString().replace(/T.*/, '')

function formatHour(hours: number): string {
  const days = Math.floor(hours / 24)
  return `${formatDay(days)}-${String(hours - days * 24).padStart(2, '0')}`
}

function formatMicros(micros: bigint): string {
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  const seconds = new Date(Number((micros - rest) / 1000n)).toISOString().replace(/\.\d+Z$/, '')
  return rest === 0n ? seconds : `${seconds}.${String(rest).padStart(6, '0')}`
}

function formatDecimal(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  const point = digits.length - scale
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ''}`
}

/** Letters, digits and a few signs; the rest as %XX of UTF-8. File systems hold names of 255 bytes. */
function encodePart(text: string): string {
  const encoded = encodeURIComponent(Buffer.from(text).toString()).replace(
    /[!'()~]/g,
    sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return encoded.length <= MAX_PART ? encoded : encoded.slice(0, MAX_PART).replace(/%[0-9A-F]?$/, '')
}

const MAX_PART = 120
