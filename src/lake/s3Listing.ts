import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3'
import { compareCodePoints } from '../codePoints.js'
import type { StoredObject } from './objectStore.js'
import type { S3Connection } from './s3Connection.js'
import { S3AnswerError } from './s3Errors.js'

/**
 * Every object whose key starts with the prefix, in code-point order of the keys; both with the store's own prefix.
 * @throws {S3AnswerError} if S3's pages make no sense: without a way on, or out of order
 */
export async function* listObjects(connection: S3Connection, prefix: string): AsyncIterable<StoredObject> {
  const order = checkOrder(urlOf(connection, prefix))
  for await (const page of listPages(connection, prefix, {})) {
    const decode = page.EncodingType === 'url' ? decodeListed : asIs
    for (const { Key, Size, LastModified, ETag } of page.Contents ?? []) {
      if (Key === undefined || Size === undefined || LastModified === undefined)
        throw senseless(urlOf(connection, prefix), 'objects with key, size and date', JSON.stringify({ Key, Size }))
      yield toStoredObject(order(decode(Key)), Size, LastModified, ETag)
    }
  }
}

/** The folders directly under the prefix, in order; each with the prefix, and a slash at its end. */
export async function* listCommonPrefixes(connection: S3Connection, prefix: string): AsyncIterable<string> {
  const order = checkOrder(urlOf(connection, prefix))
  for await (const page of listPages(connection, prefix, { Delimiter: '/' })) {
    const decode = page.EncodingType === 'url' ? decodeListed : asIs
    for (const { Prefix } of page.CommonPrefixes ?? []) if (Prefix !== undefined) yield order(decode(Prefix))
  }
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

async function* listPages(
  connection: S3Connection,
  prefix: string,
  delimiter: { Delimiter?: string },
): AsyncIterable<ListObjectsV2CommandOutput> {
  // Asked for in URL encoding, as XML can't hold every key. A store that ignores it doesn't say EncodingType either.
  const input = { Bucket: connection.bucket, Prefix: prefix, EncodingType: 'url', ...delimiter } as const
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

const asIs = (key: string): string => key

const decodeListed = (encoded: string): string => decodeURIComponent(encoded.replaceAll('+', ' '))

const urlOf = ({ bucket }: S3Connection, prefix: string): string => `s3://${bucket}/${prefix}`

const senseless = (subject: string, expected: string, got: string): S3AnswerError =>
  new S3AnswerError({ subject, expected, got, fix: 'check aws.endpoint: this is not how S3 answers' })
