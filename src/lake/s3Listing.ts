import type { _Object, ListObjectsV2CommandInput, ListObjectsV2CommandOutput } from '@aws-sdk/client-s3'
import { compareCodePoints } from '../codePoints.js'
import type { DirectEntry, StoredObject } from './objectStore.js'
import type { S3Connection } from './s3Connection.js'
import { S3AnswerError } from './s3Errors.js'

/**
 * Every object whose key starts with the prefix, and comes after `after`, in code-point order of the keys; all of them with
 * the store's own prefix.
 * @throws {S3AnswerError} if S3's pages make no sense: without a way on, or out of order
 */
export async function* listObjects(
  connection: S3Connection,
  prefix: string,
  after?: string,
): AsyncIterable<StoredObject> {
  const order = checkOrder(urlOf(connection, prefix))
  for await (const page of listPages(connection, prefix, after === undefined ? {} : { StartAfter: after }))
    for (const object of objectsOf(page, connection, prefix)) {
      order(object.key)
      yield object
    }
}

/** The objects and the folders directly under the prefix, in code-point order; all with the store's own prefix. */
export async function* listEntries(connection: S3Connection, prefix: string): AsyncIterable<DirectEntry> {
  const order = checkOrder(urlOf(connection, prefix))
  for await (const page of listPages(connection, prefix, { Delimiter: '/' })) {
    const objects = objectsOf(page, connection, prefix).map(object => ({ kind: 'object', object }) as const)
    const folders = foldersOf(page).map(path => ({ kind: 'folder', path }) as const)
    const entries: DirectEntry[] = [...objects, ...folders] // a page has the two apart
    for (const entry of entries.sort((a, b) => compareCodePoints(nameOf(a), nameOf(b)))) {
      order(nameOf(entry))
      yield entry
    }
  }
}

/** The folders directly under the prefix, in order; each with the prefix, and a slash at its end. */
export async function* listCommonPrefixes(connection: S3Connection, prefix: string): AsyncIterable<string> {
  const order = checkOrder(urlOf(connection, prefix))
  for await (const page of listPages(connection, prefix, { Delimiter: '/' }))
    for (const folder of foldersOf(page)) yield order(folder)
}

/** S3 quotes ETags, and gives a date to the second in a HEAD but not in every store's listing. */
export function toStoredObject(key: string, sizeBytes: number, lastModified: Date, eTag?: string): StoredObject {
  return {
    key,
    sizeBytes,
    lastModified: new Date(Math.floor(lastModified.getTime() / 1000) * 1000),
    ...(eTag !== undefined && { eTag: eTag.replace(/^"|"$/g, '') }),
  }
}

const nameOf = (entry: DirectEntry): string => (entry.kind === 'object' ? entry.object.key : entry.path)

/** The objects of a page. @throws {S3AnswerError} for one without key, size or date */
function objectsOf(page: ListObjectsV2CommandOutput, connection: S3Connection, prefix: string): StoredObject[] {
  const decode = decoderOf(page)
  return (page.Contents ?? []).map(({ Key, Size, LastModified, ETag, ...more }) => {
    if (Key === undefined || Size === undefined || LastModified === undefined)
      throw senseless(urlOf(connection, prefix), 'objects with key, size and date', JSON.stringify({ Key, Size }))
    return { ...toStoredObject(decode(Key), Size, LastModified, ETag), ...listedFacts(more) }
  })
}

const listedFacts = ({ StorageClass, ChecksumAlgorithm }: _Object): Partial<StoredObject> => ({
  ...(StorageClass && { storageClass: StorageClass }),
  ...(ChecksumAlgorithm?.length && { checksumAlgorithm: ChecksumAlgorithm.join(',') }),
})

function foldersOf(page: ListObjectsV2CommandOutput): string[] {
  const decode = decoderOf(page)
  return (page.CommonPrefixes ?? []).flatMap(({ Prefix }) => (Prefix === undefined ? [] : [decode(Prefix)]))
}

async function* listPages(
  connection: S3Connection,
  prefix: string,
  which: Pick<ListObjectsV2CommandInput, 'Delimiter' | 'StartAfter'>,
): AsyncIterable<ListObjectsV2CommandOutput> {
  // Asked for in URL encoding, as XML can't hold every key. A store that ignores it doesn't say EncodingType either.
  const input = { Bucket: connection.bucket, Prefix: prefix, EncodingType: 'url', ...which } as const
  let token: string | undefined
  for (;;) {
    const next = token === undefined ? {} : { ContinuationToken: token }
    const page = await connection.send('listObjectsV2', undefined, (s3, options) =>
      s3.listObjectsV2({ ...input, ...next }, options),
    )
    yield page
    if (!page.IsTruncated) return
    const { NextContinuationToken } = page
    if (!NextContinuationToken || NextContinuationToken === token)
      throw senseless(urlOf(connection, prefix), 'a listing with a way to its next page', 'none')
    token = NextContinuationToken
  }
}

/** What is newest is found by listing, so an order other than S3's would be believed: it is an error. */
function checkOrder(url: string): (key: string) => string {
  let last: string | undefined
  return key => {
    if (last !== undefined && compareCodePoints(last, key) >= 0)
      throw senseless(url, 'a listing in the order of the keys', `${JSON.stringify(key)} after ${JSON.stringify(last)}`)
    last = key
    return key
  }
}

const decoderOf = ({ EncodingType }: ListObjectsV2CommandOutput): ((key: string) => string) =>
  EncodingType === 'url' ? decodeListed : asIs

const asIs = (key: string): string => key

const decodeListed = (encoded: string): string => decodeURIComponent(encoded.replaceAll('+', ' '))

const urlOf = ({ bucket }: S3Connection, prefix: string): string => `s3://${bucket}/${prefix}`

const senseless = (subject: string, expected: string, got: string): S3AnswerError =>
  new S3AnswerError({ subject, expected, got, fix: 'check aws.endpoint: this is not how S3 answers' })
