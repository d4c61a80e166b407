import { StocktakeError, UsageError } from '../errors.js'

/** Rows that are no manifest: S3 would act on other objects than were meant, or on none. */
export class ManifestError extends StocktakeError {}

/** Which of the columns are the manifest's, under the names that S3 gives them in a job's `Fields`. */
export interface ManifestColumns {
  readonly bucket: string
  readonly key: string
  readonly versionId?: string
}

/** @throws {UsageError} where there is no `bucket` or no `key` */
export function findManifestColumns(names: readonly string[]): ManifestColumns {
  const find = (wanted: string) => names.find(name => name.toLowerCase() === wanted)
  const [bucket, key, versionId] = [find('bucket'), find('key'), find('version_id')]
  if (bucket === undefined || key === undefined)
    throw new UsageError({
      subject: 's3-batch',
      expected: 'the columns bucket and key, and version_id where versions are meant',
      got: names.join(', '),
    })
  return { bucket, key, ...(versionId !== undefined && { versionId }) }
}

/** The columns as a job's `Fields` have them. */
export const manifestFields = ({ versionId }: ManifestColumns): string =>
  versionId === undefined ? 'Bucket,Key' : 'Bucket,Key,VersionId'

/**
 * Rows as the lines of a manifest for S3 Batch Operations (S3BatchOperations_CSV_20180820): without a head, keys URL-encoded,
 * all objects of one bucket, and either all with a version or none.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-create-job.html
 *
 * @throws {ManifestError} for a row that names no object
 */
export async function* manifestLines(
  rows: AsyncIterable<object> | Iterable<object>,
  columns: ManifestColumns,
): AsyncGenerator<string> {
  let known: string | undefined
  let count = 0
  for await (const row of rows) {
    count++
    const bucket = textOf(row, columns.bucket, count)
    known ??= bucket
    if (bucket !== known)
      throw new ManifestError({
        subject: `s3-batch, row ${count}`,
        expected: `objects of one bucket, ${known}`,
        got: bucket,
        fix: 'a job is about one bucket: add a condition on bucket',
      })
    const fields = [csvField(bucket), encodeKey(textOf(row, columns.key, count))]
    if (columns.versionId !== undefined) fields.push(csvField(versionOf(row, columns.versionId, count)))
    yield `${fields.join(',')}\n`
  }
}

function textOf(row: object, column: string, count: number): string {
  const value: unknown = Reflect.get(row, column)
  if (typeof value === 'string' && value !== '') return value
  const got = value === null ? 'NULL' : value === '' ? 'an empty text' : typeof value
  throw new ManifestError({ subject: `s3-batch, row ${count}`, expected: `a text in ${column}`, got })
}

/**
 * An inventory has no text for the null version, and a current object of a report without versions has none either: which of
 * both a NULL is can't be told, and for the one S3 would act on the newest version instead of the null version.
 */
function versionOf(row: object, column: string, count: number): string {
  const value: unknown = Reflect.get(row, column)
  if (typeof value === 'string' && value !== '') return value
  throw new ManifestError({
    subject: `s3-batch, row ${count}`,
    expected: `a version in ${column}, as all rows need one or none`,
    got: value === null ? 'NULL' : 'an empty text',
    fix: `coalesce(${column}, 'null') for the null version of a bucket with versions; without ${column}, a job acts on the current version`,
  })
}

/**
 * `%XX` for all but letters, digits, `-._~` and `/`; a space is `%20` and a plus `%2B`, which are the same by every rule of
 * decoding.
 */
export const encodeKey = (key: string): string =>
  encodeURIComponent(key)
    .replaceAll('%2F', '/')
    .replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

/** RFC 4180. */
const csvField = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
