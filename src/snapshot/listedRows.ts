import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Params } from '../engine/engine.js'
import { encodeCsvKey } from '../inventory/csvKey.js'
import { findField, resolveFields } from '../inventory/fields.js'
import type { StoredObject } from '../lake/objectStore.js'
import { type ReportLayout, selectCsv, tableFields } from './reportTable.js'

/** A local file of listed objects, whole. */
export interface ListedFile {
  readonly path: string
  readonly sizeBytes: number
}

/** Takes listed objects, and writes them into files. */
export interface ListedRows {
  /** May be called while others wait. Resolves when the writing keeps up. */
  add(object: StoredObject): Promise<void>
  /** The files, when all is written; none for no objects. */
  end(): Promise<ListedFile[]>
  /** Closes what is open, after a failure. */
  abandon(): Promise<void>
}

const COLUMNS = ['bucket', 'key', 'size', 'last_modified_date', 'e_tag', 'storage_class', 'checksum_algorithm'].map(
  column => findField(column)?.csvName ?? column,
)

/** Listings are written as CSV reports of these columns. */
const LAYOUT: ReportLayout = { manifest: { columns: COLUMNS }, columns: resolveFields(COLUMNS, {}) }

/** The columns that listed objects have, without the bucket. */
export const LISTED_FIELDS = tableFields(LAYOUT)

/** A SELECT of a file's rows, as {@link selectCsv}. */
export const selectListed = (path: string): string => selectCsv(LAYOUT, path)

export const listedParams = (bucket: string): Params => ({ source_bucket: bucket })

export interface ListedRowsOptions {
  readonly folder: string
  /** The bucket's name, in each row. */
  readonly bucket: string
  /** A file is closed when it has so much. */
  readonly fileBytes?: number
}

/** About 400,000 objects: enough for the engine to be busy, and soon removed. */
const FILE_BYTES = 64_000_000
const CHUNK_CHARACTERS = 1 << 18

/** Opens files for listed objects. What waits to be written is a few chunks at most, if those who add await it. */
export function openListedRows({ folder, bucket, fileBytes = FILE_BYTES }: ListedRowsOptions): ListedRows {
  const bucketText = quote(bucket)
  const files: { path: string; sizeBytes: number }[] = []
  let handle: FileHandle | undefined
  let waiting = ''
  let writing = Promise.resolve()

  const close = async (): Promise<void> => {
    await handle?.close()
    handle = undefined
  }
  const write = async (text: string): Promise<void> => {
    if (!handle) {
      const path = join(folder, `listing-${files.length + 1}.csv`)
      handle = await open(path, 'wx')
      files.push({ path, sizeBytes: 0 })
    }
    const bytes = Buffer.from(text)
    await handle.writeFile(bytes)
    const file = files.at(-1)
    if (!file) return
    file.sizeBytes += bytes.length
    if (file.sizeBytes >= fileBytes) await close()
  }
  const flush = (): Promise<void> => {
    const text = waiting
    waiting = ''
    if (text !== '') writing = writing.then(() => write(text))
    return writing
  }
  return {
    async add(object) {
      waiting += formatRow(bucketText, object)
      if (waiting.length >= CHUNK_CHARACTERS) await flush()
    },
    async end() {
      await flush()
      await close()
      return files
    },
    async abandon() {
      await writing.catch(() => undefined)
      await close()
    },
  }
}

/** S3 gives times to the second, in listings and in reports: finer ones of a folder would look touched beside them. */
function formatRow(bucketText: string, object: StoredObject): string {
  const seconds = new Date(Math.floor(object.lastModified.getTime() / 1000) * 1000).toISOString()
  const texts = [object.eTag, object.storageClass, object.checksumAlgorithm].map((text = '') => quote(text))
  return `${bucketText},"${encodeCsvKey(object.key)}","${object.sizeBytes}","${seconds}",${texts.join(',')}\n`
}

const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`
