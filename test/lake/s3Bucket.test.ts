import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { ConflictError } from '../../src/errors.js'
import {
  BucketOpenError,
  blockCommand,
  bucketExists,
  createPrivateBucket,
  isPublicAccessBlocked,
} from '../../src/lake/s3Bucket.js'
import { openConnection } from '../../src/lake/s3Connection.js'
import { S3AccessDeniedError } from '../../src/lake/s3Errors.js'
import { awsOf, quickEffects } from '../services/s3Service.js'

let server: Server | undefined
afterEach(() => new Promise(resolve => (server ? server.close(resolve) : resolve(undefined))))

type Answer = readonly [status: number, code?: string]
const DONE: Answer = [200]

/** A connection to a server that gives these answers, and what it was asked; what isn't named is done. */
async function connect(answers: Readonly<Record<string, Answer>>, region = 'us-east-1') {
  const asked: string[] = []
  server = createServer((request, response) => {
    const body: Buffer[] = []
    request.on('data', chunk => body.push(chunk))
    request.on('end', () => {
      const url = new URL(request.url ?? '', 'http://server')
      const what = url.searchParams.has('publicAccessBlock')
        ? 'block'
        : url.searchParams.has('list-type')
          ? 'list'
          : 'bucket'
      const name = `${request.method} ${what}`
      const place = /<LocationConstraint>(.*?)</.exec(Buffer.concat(body).toString())?.[1]
      asked.push(place === undefined ? name : `${name} in ${place}`)
      const [status, code] = answers[name] ?? DONE
      response.writeHead(status, { 'content-type': 'application/xml' })
      response.end(code === undefined ? '' : `<Error><Code>${code}</Code><Message>no</Message></Error>`)
    })
  })
  await new Promise<void>(resolve => server?.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const connection = await openConnection(
    {
      ...{ bucket: 'the-bucket', retries: 1, timeouts: { connectMs: 1000, idleMs: 1000 } },
      aws: { ...awsOf(`http://127.0.0.1:${port}`), region },
    },
    quickEffects({ accessKeyId: 'a', secretAccessKey: 'b' }),
  )
  return { connection, asked }
}

describe('a bucket is created', () => {
  test.each([
    ['us-east-1', ['PUT bucket', 'PUT block']],
    ['eu-west-1', ['PUT bucket in eu-west-1', 'PUT block']],
  ])('in %s', async (region, expected) => {
    const { connection, asked } = await connect({}, region)
    expect(await createPrivateBucket(connection)).toBe(true)
    expect(asked).toEqual(expected)
  })

  test('unless it is there: one’s own stays as it is', async () => {
    const { connection, asked } = await connect({ 'PUT bucket': [409, 'BucketAlreadyOwnedByYou'] })
    expect(await createPrivateBucket(connection)).toBe(false)
    expect(asked).toEqual(['PUT bucket'])
  })

  test('unless somebody else has one of that name', async () => {
    const { connection } = await connect({ 'PUT bucket': [409, 'BucketAlreadyExists'] })
    const told = /s3:\/\/the-bucket: expected a name that no bucket has.*somebody else; choose another name/
    await expect(createPrivateBucket(connection)).rejects.toThrow(ConflictError)
    await expect(createPrivateBucket(connection)).rejects.toThrow(told)
  })

  test('unless who asks may not', async () => {
    const { connection } = await connect({ 'PUT bucket': [403, 'AccessDenied'] })
    const error = await createPrivateBucket(connection).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(S3AccessDeniedError)
    expect(error).toMatchObject({ action: 's3:CreateBucket', resource: 'arn:aws:s3:::the-bucket' })
  })

  test('and where it can’t be closed, that is told, with what closes it', async () => {
    const { connection } = await connect({ 'PUT block': [403, 'AccessDenied'] })
    const error = await createPrivateBucket(connection).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(BucketOpenError)
    expect(error).toMatchObject({ facts: { fix: `block it: ${blockCommand('the-bucket')}` } })
  })
})

test.each<[what: string, answer: Answer, is: boolean | RegExp]>([
  ['is there', DONE, true],
  ['is not there', [404, 'NoSuchBucket'], false],
  ['may not be listed', [403, 'AccessDenied'], /s3:ListBucket/],
])('a bucket that %s', async (_, answer, is) => {
  const { connection } = await connect({ 'GET list': answer })
  if (typeof is === 'boolean') expect(await bucketExists(connection)).toBe(is)
  else await expect(bucketExists(connection)).rejects.toThrow(is)
})

test.each<[what: string, answer: Answer, is: boolean | undefined]>([
  ['none is set', [404, 'NoSuchPublicAccessBlockConfiguration'], false],
  ['none of it is on', DONE, false],
  ['who asks may not', [403, 'AccessDenied'], undefined],
  ['the server knows no such thing', [501, 'NotImplemented'], undefined],
])('whether it is closed to the public where %s', async (_, answer, is) => {
  const { connection } = await connect({ 'GET block': answer })
  expect(await isPublicAccessBlocked(connection)).toBe(is)
})
