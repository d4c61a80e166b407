import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ObjectNotFoundError } from '../../src/lake/objectStore.js'
import {
  BucketNotFoundError,
  ObjectChangedError,
  ObjectCorruptError,
  S3AccessDeniedError,
  S3AnswerError,
  S3CredentialsError,
  S3RefusedError,
  S3RegionError,
  S3UnavailableError,
} from '../../src/lake/s3Errors.js'
import type { S3Store } from '../../src/lake/s3Store.js'
import { describeWithOracles } from '../oracles/oracles.js'
import { type Fault, type FaultProxy, startFaultProxy } from '../services/faultProxy.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openClient, openTestStore, type S3Service } from '../services/s3Service.js'

const IDLE_MS = 1_000
const RETRIES = 2
const QUICK = { timeout: 20_000 } // a hang is a failure, and not a long wait

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const BIG = Buffer.from(Uint8Array.from({ length: 3_000_001 }, (_, i) => (i * 31 + (i >> 9)) % 251))

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

describeWithOracles('S3 behind a faulty network', QUICK, () => {
  let service: S3Service
  let proxy: FaultProxy
  let bucket: string
  let straight: S3Store
  let store: S3Store
  beforeAll(async () => {
    service = await startMiniStack()
    proxy = await startFaultProxy(service.endpoint)
    bucket = await createBucket(service)
    straight = await openTestStore(service, { bucket })
    await straight.put('big', BIG)
    await straight.put('small', bytes('hello'))
  }, 60_000)
  afterAll(async () => {
    await proxy?.stop()
    await service?.stop()
  })
  beforeEach(async () => {
    proxy.spoil(() => undefined)
    const timeouts = { connectMs: 1000, idleMs: IDLE_MS }
    store = await openTestStore({ ...service, endpoint: proxy.endpoint }, { bucket, retries: RETRIES, timeouts })
  })

  /** The first so many requests fail. */
  const failing =
    (times: number, fault: Fault) =>
    (_: unknown, n: number): Fault | undefined =>
      n < times ? fault : undefined
  const slowDown: Fault = { kind: 'refuse', status: 503, code: 'SlowDown' }

  const passing: [string, Fault][] = [
    ['503 SlowDown', slowDown],
    ['500 InternalError', { kind: 'refuse', status: 500, code: 'InternalError' }],
    ['429', { kind: 'refuse', status: 429, code: 'TooManyRequests' }],
    ['502 of a proxy', { kind: 'refuse', status: 502, code: 'BadGateway' }],
    ['a reset', { kind: 'reset' }],
    ['no answer', { kind: 'silence' }],
    ['a lost answer', { kind: 'lose' }],
  ]

  describe.each(passing)('%s passes', (_, fault) => {
    test.each<[string, () => Promise<unknown>]>([
      ['read', async () => expect(Buffer.from(await store.read('small')).toString()).toBe('hello')],
      ['find', async () => expect(await store.find('small')).toMatchObject({ sizeBytes: 5 })],
      ['list', async () => expect((await collect(store.list('s'))).map(({ key }) => key)).toEqual(['small'])],
      ['put', async () => store.put('put', bytes('x'))],
      ['remove', async () => store.remove('put')],
    ])('%s is asked again, and each request is counted', async (_name, ask) => {
      proxy.spoil(failing(RETRIES, fault))
      await ask()
      const { bytesRead: _bytes, ...counts } = store.counts
      expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(RETRIES + 1)
      expect(proxy.requests).toHaveLength(RETRIES + 1)
    })
  })

  test.each(passing)('%s that lasts is an error, after as many requests as there are to be', async (_, fault) => {
    proxy.spoil(() => fault)
    await expect(store.read('small')).rejects.toThrow(S3UnavailableError)
    await expect(store.find('small')).rejects.toThrow(S3UnavailableError)
    await expect(collect(store.list(''))).rejects.toThrow(S3UnavailableError)
    expect(proxy.requests).toHaveLength(3 * (RETRIES + 1))
    expect(store.counts).toMatchObject({ gets: RETRIES + 1, heads: RETRIES + 1, lists: RETRIES + 1 })
  })

  test('what stands still is told with its time', async () => {
    proxy.spoil(() => ({ kind: 'silence' }))
    await expect(store.read('small')).rejects.toThrow(
      `got socket timed out after ${IDLE_MS} ms of inactivity; check the network`,
    )
  })

  test('400 RequestTimeout passes: the body came too slowly', async () => {
    proxy.spoil(failing(RETRIES, { kind: 'refuse', status: 400, code: 'RequestTimeout' }))
    await store.put('put', bytes('x'))
    expect(proxy.requests).toHaveLength(RETRIES + 1)
  })

  test.each<[number, string, new (...args: never[]) => Error]>([
    [400, 'InvalidArgument', S3RefusedError],
    [400, 'ExpiredToken', S3CredentialsError],
    [403, 'AccessDenied', S3AccessDeniedError],
    [403, 'InvalidAccessKeyId', S3CredentialsError],
    [403, 'SignatureDoesNotMatch', S3CredentialsError],
    [403, 'RequestTimeTooSkewed', S3CredentialsError],
    [404, 'NoSuchBucket', BucketNotFoundError],
    [404, 'NoSuchKey', ObjectNotFoundError],
    [412, 'PreconditionFailed', S3RefusedError],
  ])('%i %s is asked once, and told', async (status, code, expected) => {
    proxy.spoil(() => ({ kind: 'refuse', status, code }))
    await expect(store.read('small')).rejects.toThrow(expected)
    expect(proxy.requests).toHaveLength(1)
  })

  test('what was denied is named as a policy would', async () => {
    const refuse = (code: string): Fault => ({ kind: 'refuse', status: 403, code })
    proxy.spoil(() => refuse('AccessDenied'))
    await expect(store.read('small')).rejects.toMatchObject({
      action: 's3:GetObject',
      resource: `arn:aws:s3:::${bucket}/small`,
    })
    await expect(collect(store.list('a/'))).rejects.toMatchObject({
      action: 's3:ListBucket',
      resource: `arn:aws:s3:::${bucket}`,
    })
    await expect(store.put('x', bytes('x'))).rejects.toMatchObject({ action: 's3:PutObject' })
    await expect(store.remove('x')).rejects.toMatchObject({ action: 's3:DeleteObject' })
  })

  test.each([
    ['AccessDenied', S3AccessDeniedError],
    ['InvalidAccessKeyId', S3CredentialsError],
  ])('why a HEAD was refused, %s, is asked of a GET', async (code, expected) => {
    proxy.spoil(() => ({ kind: 'refuse', status: 403, code }))
    await expect(store.find('small')).rejects.toThrow(expected)
    expect(store.counts).toMatchObject({ heads: 1, gets: 1 })
  })

  test.each([
    [301, 'PermanentRedirect', 'set aws.region to eu-west-3'],
    [400, 'AuthorizationHeaderMalformed', 'set aws.region to eu-west-3'],
  ])('a bucket of another region, %i %s, is told with the region', async (status, code, fix) => {
    proxy.spoil(() => ({ kind: 'refuse', status, code, headers: { 'x-amz-bucket-region': 'eu-west-3' } }))
    await expect(store.read('small')).rejects.toThrow(S3RegionError)
    await expect(store.read('small')).rejects.toThrow(fix)
    await expect(store.find('small')).rejects.toThrow(S3RegionError)
  })

  describe('a body', () => {
    const broken: [string, Fault][] = [
      ['cut by a reset', { kind: 'cut', afterBytes: 1_000_000 }],
      ['truncated', { kind: 'truncate', afterBytes: 999_999 }],
      ['that stands still', { kind: 'stall', afterBytes: 700_000 }],
      ['that never begins', { kind: 'stall', afterBytes: 0 }],
    ]
    test.each(broken)('%s is resumed where it stopped', async (_, fault) => {
      proxy.spoil(failing(2, fault))
      expect(BIG.equals(await store.read('big'))).toBe(true)
      expect(store.counts).toMatchObject({ gets: 3, bytesRead: BIG.length })
    })

    test.each(broken)('%s is resumed inside of its range', async (_, fault) => {
      proxy.spoil(failing(2, fault))
      const range = { start: 10, end: 2_900_000 }
      expect(BIG.subarray(10, 2_900_000).equals(await store.read('big', range))).toBe(true)
      expect(store.counts.bytesRead).toBe(2_899_990)
    })

    test('that is cut before any byte, again and again, is given up', async () => {
      proxy.spoil(() => ({ kind: 'stall', afterBytes: 0 }))
      await expect(store.read('big')).rejects.toThrow(S3UnavailableError)
      expect(proxy.requests).toHaveLength(RETRIES + 1)
    })

    test('that is cut often is read to its end, as long as it comes on', async () => {
      const larger = Buffer.concat([BIG, BIG, BIG])
      await straight.put('larger', larger)
      proxy.spoil(() => ({ kind: 'cut', afterBytes: 1_200_000 }))
      expect(larger.equals(await store.read('larger'))).toBe(true)
      expect(proxy.requests.length).toBeGreaterThanOrEqual(8)
    })

    test('that is slow, but never stands still, is waited for', async () => {
      const timeouts = { connectMs: 1000, idleMs: 1000 }
      const patient = await openTestStore({ ...service, endpoint: proxy.endpoint }, { bucket, timeouts })
      proxy.spoil(() => ({ kind: 'slow', pieces: 8, pauseMs: 200 }))
      expect(BIG.equals(await patient.read('big'))).toBe(true)
      expect(proxy.requests).toHaveLength(1)
    })

    test('whose reader is slow is right', async () => {
      const chunks: Uint8Array[] = []
      for await (const chunk of store.stream('big')) {
        if (chunks.push(chunk) === 3) await new Promise(resolve => setTimeout(resolve, 3 * IDLE_MS))
      }
      expect(BIG.equals(Buffer.concat(chunks))).toBe(true)
    })

    test('of wrong bytes is asked for again, and given up if it stays wrong', async () => {
      const alter = (body: Buffer): Buffer => Buffer.from(body.map((byte, i) => (i === 77 ? byte ^ 1 : byte)))
      proxy.spoil(failing(2, { kind: 'alter', alter }))
      expect(BIG.equals(await store.read('big'))).toBe(true)
      expect(proxy.requests).toHaveLength(3)
      proxy.spoil(() => ({ kind: 'alter', alter }))
      await expect(store.read('big')).rejects.toThrow(ObjectCorruptError)
      await expect(collect(store.stream('big'))).rejects.toThrow(ObjectCorruptError)
    })

    test('of wrong bytes before a cut is noticed', async () => {
      const alter = (body: Buffer): Buffer => Buffer.from(body.map(byte => byte ^ 1))
      const second: Fault = { kind: 'alter', alter }
      proxy.spoil((_, n) => (n === 0 ? { kind: 'cut', afterBytes: 1_000_000 } : second))
      await expect(collect(store.stream('big'))).rejects.toThrow(ObjectCorruptError)
    })

    test('that is denied in the middle is denied', async () => {
      const denied: Fault = { kind: 'refuse', status: 403, code: 'AccessDenied' }
      proxy.spoil((_, n) => (n === 0 ? { kind: 'cut', afterBytes: 1_000_000 } : denied))
      await expect(collect(store.stream('big'))).rejects.toThrow(S3AccessDeniedError)
      expect(proxy.requests).toHaveLength(2)
    })

    test.each<[string, () => Promise<void>]>([
      ['replaced', () => straight.put('changing', Buffer.alloc(BIG.length, 1))],
      ['replaced by less', () => straight.put('changing', bytes('short'))],
      ['removed', () => straight.remove('changing')],
    ])('of an object that is %s meanwhile is never of both', async (_, change) => {
      await straight.put('changing', BIG)
      proxy.spoil(async (_request, n) => {
        if (n === 1) await change()
        return n === 0 ? { kind: 'cut', afterBytes: 1_000_000 } : undefined
      })
      await expect(collect(store.stream('changing'))).rejects.toThrow(ObjectChangedError)
      // A reset may take what has not been read yet with it.
      expect(proxy.requests[1]?.headers.range).toMatch(/^bytes=[1-9]\d*-3000000$/)
    })

    test('of an object that is replaced meanwhile is read anew', async () => {
      await straight.put('changing', BIG)
      proxy.spoil(async (_request, n) => {
        if (n === 1) await straight.put('changing', bytes('new'))
        return n === 0 ? { kind: 'cut', afterBytes: 1_000_000 } : undefined
      })
      expect(Buffer.from(await store.read('changing')).toString()).toBe('new')
    })

    test('of another range than was asked for is refused', async () => {
      proxy.spoil(({ headers }) => {
        delete headers.range
        return undefined
      })
      await expect(store.read('big', { start: 5, end: 10 })).rejects.toThrow(S3AnswerError)
    })

    test('that nobody reads on is left', async () => {
      for await (const _ of store.stream('big')) break
      expect(proxy.requests).toHaveLength(1)
    })
  })

  describe('a listing', () => {
    const alter = (from: RegExp, to: string): Fault => ({
      kind: 'alter',
      alter: body => Buffer.from(body.toString().replace(from, to)),
    })

    test('that says there is more, and not how to get it, is an error', async () => {
      proxy.spoil(() => alter(/<IsTruncated>false/, '<IsTruncated>true'))
      await expect(collect(store.list(''))).rejects.toThrow(S3AnswerError)
      await expect(collect(store.listFolders(''))).rejects.toThrow(S3AnswerError)
      expect(proxy.requests).toHaveLength(2)
    })

    test('that leads to itself is an error', async () => {
      const looping = '<NextContinuationToken>eA==</NextContinuationToken><IsTruncated>true'
      proxy.spoil(() => alter(/<IsTruncated>false/, looping))
      await expect(collect(store.list(''))).rejects.toThrow(S3AnswerError)
      expect(proxy.requests).toHaveLength(2)
    })

    test('out of order is an error', async () => {
      proxy.spoil(() => alter(/<Key>big<\/Key>/, '<Key>zzz</Key>'))
      await expect(collect(store.list(''))).rejects.toThrow('in the order of the keys')
    })

    test.each<Fault>([
      { kind: 'cut', afterBytes: 200 },
      { kind: 'truncate', afterBytes: 200 },
      { kind: 'stall', afterBytes: 200 },
    ])('with a body that is broken, $kind, is asked for again', async fault => {
      const expected = await collect(straight.list(''))
      proxy.spoil(failing(RETRIES, fault))
      expect(await collect(store.list(''))).toEqual(expected)
      expect(store.counts.lists).toBe(RETRIES + 1)
    })
  })

  describe('putIfAbsent', () => {
    test.each<[string, Fault]>([
      ['lost', { kind: 'lose' }],
      ['never sent', { kind: 'reset' }],
      ['refused in passing', slowDown],
    ])('has won where its first answer was %s', async (name, fault) => {
      proxy.spoil(failing(1, fault))
      expect(await store.putIfAbsent(`won/${name}`, bytes('mine'))).toBe(true)
    })

    test("has lost where its answer was lost, and another's bytes are there", async () => {
      await straight.put('taken', bytes('theirs'))
      proxy.spoil(failing(1, { kind: 'lose' }))
      expect(await store.putIfAbsent('taken', bytes('mine'))).toBe(false)
      expect(store.counts).toMatchObject({ puts: 2, gets: 1 })
    })

    test('has lost without a look where S3 said so at once', async () => {
      await straight.put('taken', bytes('theirs'))
      expect(await store.putIfAbsent('taken', bytes('theirs'))).toBe(false)
      expect(store.counts).toMatchObject({ puts: 1, gets: 0 })
    })

    test('tries again where two met', async () => {
      proxy.spoil(failing(2, { kind: 'refuse', status: 409, code: 'ConditionalRequestConflict' }))
      expect(await store.putIfAbsent('met', bytes('mine'))).toBe(true)
    })
  })

  describe('a large file', () => {
    const LARGE = Buffer.concat([BIG, BIG, BIG, BIG]) // three parts
    let folder: string
    let file: string
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'stocktake-upload-'))
      file = join(folder, 'large')
      await writeFile(file, LARGE)
    })
    afterAll(() => rm(folder, { recursive: true, force: true }))

    async function listUploads(key: string): Promise<unknown[]> {
      const { Uploads } = await openClient(service).listMultipartUploads({ Bucket: bucket, Prefix: key })
      return Uploads ?? []
    }

    test('goes up in parts', async () => {
      await store.putFile('large', file)
      expect(LARGE.equals(await straight.read('large'))).toBe(true)
      expect(store.counts).toMatchObject({ puts: 5, deletes: 0 })
      expect(await listUploads('large')).toEqual([])
    })

    test.each(passing)('goes up though each kind of request meets %s', async (name, fault) => {
      const met = new Set<string>()
      proxy.spoil(({ method, path }) => {
        const kind = `${method} ${path.replace(/uploadId=[^&]*/, 'uploadId')}`
        if (met.has(kind)) return undefined
        met.add(kind)
        return fault
      })
      await store.putFile(`large/${name}`, file)
      expect(LARGE.equals(await straight.read(`large/${name}`))).toBe(true)
      // One that was begun, and its answer lost, is not known here; it has no parts.
      expect(await listUploads(`large/${name}`)).toHaveLength(fault.kind === 'lose' ? 1 : 0)
    })

    test('is sent again where the end was lost, and the upload is gone', async () => {
      proxy.spoil(({ method, path }, n) => {
        if (method !== 'POST' || path.includes('uploads') || n > 5) return undefined
        return n === 4 ? { kind: 'lose' } : { kind: 'refuse', status: 404, code: 'NoSuchUpload' }
      })
      await store.putFile('gone', file)
      expect(LARGE.equals(await straight.read('gone'))).toBe(true)
    })

    test.each<[string, (method: string, path: string) => boolean]>([
      ['a part', (method, path) => method === 'PUT' && path.includes('partNumber=2')],
      ['its end', (method, path) => method === 'POST' && path.includes('uploadId=')],
    ])('of which %s is refused leaves no parts behind', async (name, isRefused) => {
      proxy.spoil(({ method, path }) =>
        isRefused(method, path) ? { kind: 'refuse', status: 403, code: 'AccessDenied' } : undefined,
      )
      await expect(store.putFile(`refused/${name}`, file)).rejects.toThrow(S3AccessDeniedError)
      expect(await straight.find(`refused/${name}`)).toBeUndefined()
      expect(await listUploads(`refused/${name}`)).toEqual([])
      expect(store.counts.deletes).toBe(1)
    })

    test('that is interrupted leaves no parts behind', async () => {
      const stop = new AbortController()
      const through = { ...service, endpoint: proxy.endpoint }
      const interrupted = await openTestStore(through, { bucket }, { signal: stop.signal })
      proxy.spoil(({ path }) => {
        if (path.includes('partNumber=2')) stop.abort(new Error('enough'))
        return undefined
      })
      await expect(interrupted.putFile('interrupted', file)).rejects.toThrow('enough')
      expect(await straight.find('interrupted')).toBeUndefined()
      expect(await listUploads('interrupted')).toEqual([])
    })
  })

  test('an interruption ends requests and waits, and its reason is thrown', async () => {
    const stop = new AbortController()
    const through = { ...service, endpoint: proxy.endpoint }
    const interrupted = await openTestStore(through, { bucket }, { signal: stop.signal })
    proxy.spoil(() => ({ kind: 'stall', afterBytes: 100 }))
    const reading = interrupted.read('big')
    setTimeout(() => stop.abort(new Error('enough')), 100)
    await expect(reading).rejects.toThrow('enough')
    await expect(interrupted.find('big')).rejects.toThrow('enough')
    await expect(collect(interrupted.list(''))).rejects.toThrow('enough')
    await expect(interrupted.putIfAbsent('x', bytes('x'))).rejects.toThrow('enough')
  })

  test('a server that is not there is told', async () => {
    const nowhere = await openTestStore({ ...service, endpoint: 'http://127.0.0.1:1' }, { bucket, retries: 1 })
    await expect(nowhere.read('small')).rejects.toThrow(S3UnavailableError)
    await expect(nowhere.read('small')).rejects.toThrow(
      `s3://${bucket}/small: expected an answer of S3, got connect ECONNREFUSED 127.0.0.1:1; check the network`,
    )
  })
})
