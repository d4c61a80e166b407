import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { compareCodePoints } from '../../src/codePoints.js'
import { UsageError } from '../../src/errors.js'
import { listMatching } from '../../src/lake/listMatching.js'
import { ObjectKeyError, type ObjectStore, readText } from '../../src/lake/objectStore.js'
import { findCredentials } from '../../src/lake/s3Credentials.js'
import { BucketNotFoundError, S3CredentialsError, S3RegionError } from '../../src/lake/s3Errors.js'
import { openS3Store, parseS3Url, type S3Store } from '../../src/lake/s3Store.js'
import { describeWithOracles } from '../oracles/oracles.js'
import { startMiniStack } from '../services/miniStack.js'
import { awsOf, createBucket, openClient, openTestStore, quickEffects, type S3Service } from '../services/s3Service.js'
import { describeWithVersityGw, startVersityGw } from '../services/versityGw.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const ANYONE = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'the-secret' }

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

const listKeys = async (store: ObjectStore, prefix: string): Promise<string[]> =>
  (await collect(store.list(prefix))).map(({ key }) => key)

describe('places', () => {
  test.each([
    ['s3://bucket', 'bucket', ''],
    ['s3://bucket/', 'bucket', ''],
    ['s3://bucket/a/lake', 'bucket', 'a/lake'],
    ['s3://bucket/a/lake/', 'bucket', 'a/lake'],
    ['s3://bucket//odd one/€', 'bucket', '/odd one/€'],
  ])('%s', (url, bucket, prefix) => expect(parseS3Url(url)).toEqual({ bucket, prefix }))

  test.each(['s3://', 's3:///x', 'gs://bucket', '/data/s3://bucket'])('%s is none', url =>
    expect(() => parseS3Url(url)).toThrow(UsageError),
  )

  test.each([
    ['', 's3://bucket', 's3://bucket/a b/%41+.parquet'],
    ['a/lake', 's3://bucket/a/lake', 's3://bucket/a/lake/a b/%41+.parquet'],
    ['a/lake/', 's3://bucket/a/lake', 's3://bucket/a/lake/a b/%41+.parquet'],
  ])('below %j URLs are as they are written', async (prefix, url, location) => {
    const store = await openTestStore(
      { endpoint: 'http://127.0.0.1:1', credentials: ANYONE },
      { bucket: 'bucket', prefix },
    )
    expect(store.url).toBe(url)
    expect(store.locate('a b/%41+.parquet')).toBe(location)
  })

  test.each([
    ['an empty one', ''],
    ['half of a pair', '\ud800'],
    ['one of 1025 bytes', 'x'.repeat(1025)],
    ['one of 343 characters and 1025 bytes', `${'€'.repeat(341)}xx`],
  ])('a key can not be %s', async (_, key) => {
    const store = await openTestStore({ endpoint: 'http://127.0.0.1:1', credentials: ANYONE }, { bucket: 'bucket' })
    expect(() => store.locate(key)).toThrow(ObjectKeyError)
    await expect(store.put(key, bytes('x'))).rejects.toThrow(ObjectKeyError)
    await expect(store.find(key)).rejects.toThrow(ObjectKeyError)
  })
})

describeWithOracles('S3', () => {
  let service: S3Service
  let bucket: string
  let store: S3Store
  beforeAll(async () => {
    service = await startMiniStack()
  })
  afterAll(() => service?.stop())
  beforeEach(async () => {
    bucket = await createBucket(service)
    store = await openTestStore(service, { bucket, prefix: 'lake' })
  })

  const ODD_KEYS = [
    'a b',
    'a+b',
    'a%20b',
    'a%2',
    'a//b',
    '/a',
    'a/',
    '../a',
    'a/../b',
    './a',
    '..',
    '.',
    ' a ',
    'a?b#c&d=e;f,g:h@i!$\'()*~"<>\\^`{|}[]',
    'é€\ue000\u{1f600}',
    'e\u0301', // the same letter as é, and another key
    'a\nb\tc',
    '\u0001',
  ]

  test.each(ODD_KEYS)('the key %j is kept exactly', async key => {
    expect(await store.putIfAbsent(key, bytes(key))).toBe(true)
    expect(await store.putIfAbsent(key, bytes('other'))).toBe(false)
    expect(await readText(store, key)).toBe(key)
    expect(await store.find(key)).toMatchObject({ key })
    expect(await listKeys(store, '')).toEqual([key])
    expect(await listKeys(store, key)).toEqual([key])
    const { Contents } = await openClient(service).listObjectsV2({ Bucket: bucket })
    expect(Contents?.map(({ Key }) => Key)).toEqual([`lake/${key}`])
    await store.remove(key)
    expect(await listKeys(store, '')).toEqual([])
  })

  test('a key may have 1024 bytes, with the prefix', async () => {
    const key = 'x'.repeat(1024 - 'lake/'.length)
    await store.put(key, bytes('long'))
    expect(await readText(store, key)).toBe('long')
  })

  test('odd keys are listed in order, and their folders too', async () => {
    for (const key of ODD_KEYS) await store.put(key, bytes(key))
    expect(await listKeys(store, '')).toEqual([...ODD_KEYS].sort(compareCodePoints))
    expect(await collect(store.listFolders(''))).toEqual(['../', './', '/', 'a/'])
    expect(await collect(store.listFolders('a/'))).toEqual(['a/../', 'a//'])
  })

  test('a listing of many pages is whole, and each page is a request', async () => {
    const keys = Array.from({ length: 1_234 }, (_, i) => `many/${String(i).padStart(4, '0')} +`)
    for (let at = 0; at < keys.length; at += 100)
      await Promise.all(keys.slice(at, at + 100).map(key => store.put(key, bytes(''))))
    const counted = store.countApart()
    expect(await listKeys(counted, 'many/')).toEqual(keys)
    expect(counted.counts).toEqual({ lists: 2, gets: 0, heads: 0, puts: 0, deletes: 0, bytesRead: 0 })
    expect(store.counts).toMatchObject({ lists: 0, puts: 1_234 })
  })

  test('keys of others beside the prefix, and a mark of its folder, are not the store’s', async () => {
    const whole = await openTestStore(service, { bucket })
    for (const key of ['lake', 'lake/', 'lake/mine', 'lake2/theirs', 'lak', 'theirs']) await whole.put(key, bytes('x'))
    expect(await listKeys(store, '')).toEqual(['mine'])
    expect(await collect(store.listFolders(''))).toEqual([])
  })

  test('an ETag has no quotes, in a listing and alone', async () => {
    await store.put('a', bytes('hello'))
    expect(await store.find('a')).toMatchObject({ eTag: '5d41402abc4b2a76b9719d911017c592' })
    expect(await collect(store.list(''))).toMatchObject([{ ...(await store.find('a')), storageClass: 'STANDARD' }])
  })

  test('names are matched', async () => {
    for (const key of ['a/part-1.parquet', 'a/b/part-2.parquet', 'a/part-3.csv', 'part-x/4'])
      await store.put(key, bytes(''))
    expect((await collect(listMatching(store, 'a/', 'part-*.parquet'))).map(({ key }) => key)).toEqual([
      'a/b/part-2.parquet',
      'a/part-1.parquet',
    ])
  })

  test.each([
    [0, 1],
    [5 << 20, 1], // in one request
    [(5 << 20) + 1, 4], // two parts, their beginning and their end
    [23_456_789, 7],
  ])('a file of %i bytes goes up by %i requests', async (sizeBytes, puts) => {
    const folder = await mkdtemp(join(tmpdir(), 'stocktake-upload-'))
    const content = Buffer.from(Uint8Array.from({ length: sizeBytes }, (_, i) => (i >> 8) % 253))
    await writeFile(join(folder, 'file'), content)
    await store.putFile('file', join(folder, 'file'))
    expect(store.counts.puts).toBe(puts)
    expect(content.equals(await store.read('file'))).toBe(true)
    await rm(folder, { recursive: true })
  })

  test('a file that is not there is no object', async () => {
    await expect(store.putFile('file', '/nowhere/at/all')).rejects.toThrow('ENOENT')
    expect(store.counts.puts).toBe(0)
  })

  test('a bucket that is not there is told as such', async () => {
    const nowhere = await openTestStore(service, { bucket: 'no-such-bucket' })
    const told = `s3://no-such-bucket: expected a bucket, got 404 NoSuchBucket`
    await expect(nowhere.read('a')).rejects.toThrow(BucketNotFoundError)
    await expect(nowhere.put('a', bytes('x'))).rejects.toThrow(told)
    await expect(nowhere.putIfAbsent('a', bytes('x'))).rejects.toThrow(told)
    await expect(collect(nowhere.list(''))).rejects.toThrow(told)
  })

  describe('credentials', () => {
    let home: string
    beforeEach(async () => {
      home = await mkdtemp(join(tmpdir(), 'stocktake-home-'))
      for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined)
      vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
      vi.stubEnv('AWS_CONFIG_FILE', join(home, 'config'))
      vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(home, 'credentials'))
    })
    afterEach(async () => {
      vi.unstubAllEnvs()
      await rm(home, { recursive: true })
    })

    const open = async (aws: Parameters<typeof findCredentials>[0]) =>
      openS3Store(
        { bucket, prefix: '', aws, retries: 0 },
        { ...quickEffects(ANYONE), credentials: await findCredentials(aws) },
      )

    test('come from the environment', async () => {
      vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDENV')
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
      vi.stubEnv('AWS_SESSION_TOKEN', 'token')
      expect(await (await open(awsOf(service.endpoint))).resolveCredentials()).toMatchObject({
        accessKeyId: 'AKIDENV',
        secretAccessKey: 'secret',
        sessionToken: 'token',
      })
    })

    test('and the region come from a profile', async () => {
      await writeFile(
        join(home, 'credentials'),
        '[lake]\naws_access_key_id = AKIDLAKE\naws_secret_access_key = secret\n',
      )
      await writeFile(join(home, 'config'), '[profile lake]\nregion = eu-west-3\n')
      const opened = await open({ profile: 'lake', pathStyle: false })
      expect(await opened.resolveCredentials()).toMatchObject({ accessKeyId: 'AKIDLAKE', secretAccessKey: 'secret' })
      expect(await opened.resolveRegion()).toBe('eu-west-3')
    })

    test('of a role are asked for with those of the chain, and are good for a time', async () => {
      vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
      const opened = await open({ ...awsOf(service.endpoint), roleArn: 'arn:aws:iam::000000000000:role/reader' })
      const credentials = await opened.resolveCredentials()
      expect(credentials).toMatchObject({ sessionToken: expect.any(String), expiration: expect.any(Date) })
      expect(credentials.accessKeyId).not.toBe('test')
      await opened.put('a', bytes('x'))
      expect(await readText(opened, 'a')).toBe('x')
    })

    test('that are nowhere, or in no such profile, are missed with the fix', async () => {
      const nobody = await open(awsOf(service.endpoint))
      await expect(nobody.read('a')).rejects.toThrow(S3CredentialsError)
      await expect(nobody.resolveCredentials()).rejects.toThrow('set aws.profile, AWS_PROFILE, or AWS_ACCESS_KEY_ID')
      await expect((await open({ ...awsOf(service.endpoint), profile: 'nope' })).read('a')).rejects.toThrow(
        S3CredentialsError,
      )
    })

    test('without a region are not enough', async () => {
      await expect(open({ pathStyle: false })).rejects.toThrow(S3RegionError)
      await expect(open({ pathStyle: false })).rejects.toThrow('set aws.region')
    })
  })
})

describeWithVersityGw('an S3 store that is not AWS’s', () => {
  let service: S3Service
  let bucket: string
  let store: S3Store
  beforeAll(async () => {
    service = await startVersityGw()
    bucket = await createBucket(service)
    store = await openTestStore(service, { bucket, prefix: 'lake' })
  })
  afterAll(() => service?.stop())

  test('keeps what is put', async () => {
    await store.put('t/a b+%20.json', bytes('hello'))
    expect(await readText(store, 't/a b+%20.json')).toBe('hello')
    expect(await collect(store.list('t/'))).toMatchObject([
      { ...(await store.find('t/a b+%20.json')), storageClass: 'STANDARD' },
    ])
    expect(await collect(store.listFolders(''))).toEqual(['t/'])
  })

  test('has one winner of many creators', async () => {
    const won = await Promise.all(Array.from({ length: 20 }, (_, i) => store.putIfAbsent('n', bytes(`writer ${i}`))))
    expect(won.filter(Boolean)).toHaveLength(1)
    expect(await readText(store, 'n')).toBe(`writer ${won.indexOf(true)}`)
  })

  test('takes a file in parts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stocktake-upload-'))
    const content = Buffer.alloc(12 << 20, 'parts')
    await writeFile(join(folder, 'file'), content)
    await store.putFile('file', join(folder, 'file'))
    expect(content.equals(await store.read('file'))).toBe(true)
    await rm(folder, { recursive: true })
  })

  test('refuses a wrong secret, and no secret is in what is said', async () => {
    const credentials = { accessKeyId: 'root', secretAccessKey: 'not-the-secret', sessionToken: 'not-the-token' }
    const refused = await openTestStore({ ...service, credentials }, { bucket })
    for (const ask of [
      () => refused.read('lake/t'),
      () => refused.find('lake/t'),
      () => collect(refused.list('')),
      () => refused.put('x', bytes('x')),
      () => refused.put('x', Buffer.alloc(6_000_000)),
      () => refused.putIfAbsent('x', bytes('x')),
      () => refused.remove('x'),
    ]) {
      const error = await ask().then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(error).toBeInstanceOf(S3CredentialsError)
      expect(String(error)).toContain('expected credentials that S3 takes')
      expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/not-the-(secret|token)/)
    }
  })

  test('refuses a key that nobody has', async () => {
    const credentials = { accessKeyId: 'nobody', secretAccessKey: 'not-the-secret' }
    const refused = await openTestStore({ ...service, credentials }, { bucket })
    await expect(refused.read('lake/t')).rejects.toThrow(S3CredentialsError)
  })
})
