import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { InterruptedError, ReportRefusedError } from '../../src/errors.js'
import { type StagedFile, stageFile } from '../../src/inventory/stageFile.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stage-file-'))
})
afterAll(() => rm(folder, { recursive: true }))

const never = new AbortController().signal
const url = 's3://inventory-bucket/data/1.csv.gz'
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')
const rows = (n: number): Buffer => Buffer.from('"b","photos/a.jpg","17"\n'.repeat(n))

async function* inChunks(bytes: Uint8Array, length: number): AsyncIterable<Uint8Array> {
  for (let start = 0; start < bytes.length; start += length) yield bytes.subarray(start, start + length)
}

/** Stages bytes that are what the manifest says, unless told otherwise. */
function stage(
  bytes: Uint8Array,
  { unpack = true, chunk = 1 << 18, expected = {}, path = join(folder, 'deep', 'er', '1.csv'), signal = never } = {},
): Promise<StagedFile> {
  const fact = { url, sizeBytes: bytes.length, md5: md5(bytes), ...expected }
  return stageFile(inChunks(bytes, chunk), fact, { path, unpack }, signal)
}

const incompressible = (length: number): Buffer => {
  const bytes = Buffer.alloc(length)
  for (let i = 0, x = 1; i < length; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) | 0
    bytes[i] = x >>> 24
  }
  return bytes
}

test.each([
  ['one member', gzipSync(rows(9)), rows(9)],
  ['three members', Buffer.concat([gzipSync(rows(1)), gzipSync(rows(2)), gzipSync(rows(3))]), rows(6)],
  ['an empty member', gzipSync(''), Buffer.alloc(0)],
  ['an empty member between two', Buffer.concat([gzipSync('a'), gzipSync(''), gzipSync('b')]), Buffer.from('ab')],
  ['much more unpacked than packed', gzipSync(rows(200_000)), rows(200_000)],
  ['as much packed as unpacked', gzipSync(incompressible(3_000_000)), incompressible(3_000_000)],
])('unpacks %s, however the bytes arrive', async (_, bytes, unpacked) => {
  for (const chunk of [bytes.length, 1 << 16, 11_111, ...(bytes.length < 1000 ? [1, 2, 7] : [])]) {
    const path = join(folder, 'unpacked.csv')
    expect(await stage(bytes, { chunk, path })).toEqual({ bytes: bytes.length, unpackedBytes: unpacked.length })
    expect((await readFile(path)).equals(unpacked)).toBe(true)
    await rm(path)
  }
})

test('copies a file that is not gzip as it is', async () => {
  const bytes = incompressible(5_000_000)
  const path = join(folder, 'copied.parquet')
  expect(await stage(bytes, { unpack: false, path })).toEqual({ bytes: 5_000_000, unpackedBytes: 5_000_000 })
  expect((await readFile(path)).equals(bytes)).toBe(true)
  expect(await stage(Buffer.alloc(0), { unpack: false, path })).toEqual({ bytes: 0, unpackedBytes: 0 })
  await rm(path)
})

test('takes over what an interrupted staging left', async () => {
  const path = join(folder, 'again.csv')
  await stage(incompressible(1000), { unpack: false, path: `${path}.part` })
  await stage(gzipSync('short'), { path })
  expect(await readFile(path, 'utf8')).toBe('short')
  await rm(path)
})

const whole = gzipSync(rows(50_000))
const two = Buffer.concat([gzipSync(rows(100)), gzipSync(rows(50_000))])
const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 0x10
  return copy
}

test.each([
  ['nothing at all', Buffer.alloc(0)],
  ['no gzip', rows(3)],
  ['a gzip cut by one byte', whole.subarray(0, -1)],
  ['a gzip cut before its length', whole.subarray(0, -4)],
  ['a gzip cut before its CRC', whole.subarray(0, -8)],
  ['a gzip cut in its rows', whole.subarray(0, whole.length >> 1)],
  ['a gzip cut in its head', whole.subarray(0, 5)],
  ['a second member cut', two.subarray(0, -100)],
  ['a second member cut in its head', two.subarray(0, gzipSync(rows(100)).length + 3)],
  ['a second member cut to its first byte', two.subarray(0, gzipSync(rows(100)).length + 1)],
  ['a flipped bit', flipped(whole, whole.length >> 1)],
  ['a wrong CRC', flipped(whole, whole.length - 6)],
  ['a wrong length', flipped(whole, whole.length - 2)],
  ['text after the gzip', Buffer.concat([whole, rows(2)])],
  ['one byte after the gzip', Buffer.concat([whole, Buffer.from('x')])],
  ['a zero after the gzip', Buffer.concat([whole, Buffer.alloc(1)])],
  ['much zero padding after the gzip', Buffer.concat([whole, Buffer.alloc(1_000_000)])],
  ['zeros between two members, which would hide the second', Buffer.concat([whole, Buffer.alloc(512), whole])],
])('refuses %s even if size and MD5 agree, and leaves no file', async (_, bytes) => {
  for (const chunk of [1 << 20, 1 << 16, whole.length, 1001, ...(bytes.length < 5_000 ? [1] : [])]) {
    const refused = stage(bytes, { chunk, path: join(folder, 'refused', '1.csv') })
    await expect(refused).rejects.toThrow(/data\/1\.csv\.gz: expected gzip, whole and nothing after it, got /)
    await expect(refused).rejects.toBeInstanceOf(ReportRefusedError)
    expect(await readdir(join(folder, 'refused'))).toEqual([])
  }
})

test.each([
  ['another MD5', whole, { md5: md5(two) }, `expected MD5 ${md5(two)}, got ${md5(whole)}`],
  ['fewer bytes', whole, { sizeBytes: whole.length + 1 }, `expected ${whole.length + 1} bytes, got ${whole.length}`],
  ['more bytes', whole, { sizeBytes: 10 }, 'expected 10 bytes, got more'],
  ['a cut on the way', whole.subarray(0, 99), { sizeBytes: whole.length, md5: md5(whole) }, 'bytes, got 99'],
  ['a flipped bit on the way', flipped(whole, 99), { md5: md5(whole) }, `expected MD5 ${md5(whole)}`],
])('refuses %s, packed or not, and leaves no file', async (_, bytes, expected, message) => {
  for (const unpack of [true, false]) {
    const refused = stage(bytes, { chunk: 1000, expected, unpack, path: join(folder, 'refused', '1.csv') })
    await expect(refused).rejects.toThrow(message)
    await expect(refused).rejects.toMatchObject({ exitCode: 4, facts: { subject: url } })
    expect(await readdir(join(folder, 'refused'))).toEqual([])
  }
})

test('refuses a data file that is not there', async () => {
  const source = new MemoryStore('s3://inventory-bucket').stream('data/1.csv.gz')
  const refused = stageFile(
    source,
    { url, sizeBytes: 1, md5: md5(rows(1)) },
    { path: join(folder, '1'), unpack: true },
    never,
  )
  await expect(refused).rejects.toThrow(`${url}: expected a data file, got no such object`)
  await expect(refused).rejects.toBeInstanceOf(ReportRefusedError)
})

test('a failing source is its own error and leaves no file', async () => {
  async function* broken(): AsyncIterable<Uint8Array> {
    yield whole.subarray(0, 5000)
    throw new Error('ECONNRESET')
  }
  const path = join(folder, 'refused', '1.csv')
  for (const unpack of [true, false]) {
    const failed = stageFile(broken(), { url, sizeBytes: whole.length, md5: md5(whole) }, { path, unpack }, never)
    await expect(failed).rejects.toThrow('ECONNRESET')
    expect(await readdir(join(folder, 'refused'))).toEqual([])
  }
})

test('a disk that takes nothing is an error of the disk, not of the report', async () => {
  const path = join(folder, 'taken')
  await stage(gzipSync('x'), { path: join(`${path}.part`, 'x') }) // a folder where the file should be
  for (const unpack of [true, false])
    for (const bytes of [gzipSync(incompressible(3_000_000)), gzipSync('x')])
      await expect(stage(bytes, { path, unpack, chunk: 1000 })).rejects.toMatchObject({
        code: expect.stringMatching(/EISDIR/),
      })
})

test('stops at a signal and leaves no file', async () => {
  const stop = new AbortController()
  async function* stopping(): AsyncIterable<Uint8Array> {
    yield whole.subarray(0, 5000)
    stop.abort()
    yield whole.subarray(5000)
  }
  const path = join(folder, 'refused', '1.csv')
  const stopped = stageFile(
    stopping(),
    { url, sizeBytes: whole.length, md5: md5(whole) },
    { path, unpack: true },
    stop.signal,
  )
  await expect(stopped).rejects.toBeInstanceOf(InterruptedError)
  expect(await readdir(join(folder, 'refused'))).toEqual([])
})

test('whatever byte changes, other rows are never taken, although the MD5 agrees with the changed bytes', async () => {
  const bytes = gzipSync(rows(20))
  const path = join(folder, 'changed.csv')
  let refusals = 0
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ mask
      try {
        await stage(changed, { path })
      } catch (error) {
        refusals++
        return error instanceof ReportRefusedError
      }
      return (await readFile(path)).equals(rows(20)) // the head's time, and bits that only fill a byte, mean nothing
    }),
  )
  expect(refusals).toBeGreaterThan(0)
})
