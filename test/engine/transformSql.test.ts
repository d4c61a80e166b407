import { afterAll, beforeAll, expect, test } from 'vitest'
import { transformSql, useTransforms } from '../../src/engine/transformSql.js'
import { UnsupportedTableError } from '../../src/iceberg/errors.js'
import type { PrimitiveType } from '../../src/iceberg/schema.js'
import { encodeBigEndian } from '../../src/iceberg/singleValue.js'
import { parseTransform } from '../../src/iceberg/transform.js'
import { closeTestEngine, openTestEngine, type TestEngine } from './engines.js'

let open: TestEngine
beforeAll(async () => {
  open = await openTestEngine()
  await useTransforms(open.engine)
})
afterAll(() => closeTestEngine(open))

const apply = async (transform: string, type: PrimitiveType, value: string): Promise<unknown> => {
  const sql = transformSql(parseTransform(transform), type, 'v')
  const [row] = await open.engine.rows(`select cast(${sql} as varchar) as x from (select ${value} as v)`)
  return row?.x
}

// The spec's Appendix B.
test.each<[PrimitiveType, string, number]>([
  ['int', '34::integer', 2017239379],
  ['long', '34::bigint', 2017239379],
  ['decimal(9,2)', '14.20::decimal(9,2)', -500754589],
  ['date', "date '2017-11-16'", -653330422],
  ['time', "time '22:31:08'", -662762989],
  ['timestamp', "timestamp '2017-11-16 22:31:08'", -2047944441],
  ['timestamptz', "timestamptz '2017-11-16 14:31:08-08:00'", -2047944441],
  ['string', "'iceberg'", 1210000089],
  ['uuid', "'f79c3e09-677c-4bbd-a479-3f349cb785e7'::uuid", 1488055340],
  ['fixed[4]', "unhex('00010203')", -188683207],
  ['binary', "unhex('00010203')", -188683207],
])('the hash of a value of %s is %s: %i', async (type, value, hash) => {
  const count = 2147483647
  expect(await apply(`bucket[${count}]`, type, value)).toBe(String((hash & 0x7fffffff) % count))
})

test.each<[string, PrimitiveType, string, string | null]>([
  ['year', 'timestamp', "timestamp '2017-11-16 22:31:08'", '47'],
  ['year', 'date', "date '1969-12-31'", '-1'],
  ['month', 'date', "date '2017-12-01'", '575'],
  ['month', 'timestamp', "timestamp '1969-12-31 23:59:59'", '-1'],
  ['day', 'timestamp', "timestamp '1969-12-31 23:59:59'", '1969-12-31'],
  ['day', 'timestamptz', "timestamptz '2017-11-16 23:00:00-08:00'", '2017-11-17'],
  ['hour', 'timestamp', "timestamp '1970-01-01 01:59:59.999999'", '1'],
  ['hour', 'timestamp', "timestamp '1969-12-31 23:59:59.999999'", '-1'],
  ['hour', 'timestamp', "timestamp '1969-12-31 23:00:00'", '-1'],
  ['truncate[10]', 'int', '-1::integer', '-10'],
  ['truncate[10]', 'long', '19::bigint', '10'],
  ['truncate[50]', 'decimal(9,2)', '10.65::decimal(9,2)', '10.50'],
  ['truncate[50]', 'decimal(9,2)', '-0.01::decimal(9,2)', '-0.50'],
  ['truncate[2]', 'string', "'é📷x'", 'é📷'],
  ['truncate[2]', 'binary', "unhex('000102')", '\\x00\\x01'],
  ['identity', 'string', "'a'", 'a'],
  ['void', 'string', "'a'", null],
  ['bucket[16]', 'string', 'null::varchar', null],
  ['hour', 'timestamp', 'null::timestamp', null],
])('%s of a %s: %s is %s', async (transform, type, value, expected) => {
  expect(await apply(transform, type, value)).toBe(expected)
})

test.each<[string, PrimitiveType]>([
  ['bucket[4]', 'double'],
  ['hour', 'date'],
  ['truncate[4]', 'boolean'],
  ['zorder', 'int'],
])('%s is refused for %s', (transform, type) => {
  expect(() => transformSql(parseTransform(transform), type, 'v')).toThrow(UnsupportedTableError)
})

// Values of every length up to a few words, and decimals about the widths of bytes.
test('hashes are those of murmur3 at every length', async () => {
  const strings = Array.from({ length: 14 }, (_, n) =>
    'ü\u{1f4f7}abcdefghijkl'.slice(0, n).replace(/[\ud800-\udbff]$/, ''),
  )
  for (const text of strings) {
    const expected = murmur3(Buffer.from(text)) & 0x7fffffff
    expect(await apply('bucket[2147483647]', 'string', `'${text}'`)).toBe(String(expected % 2147483647))
  }
  for (const unscaled of [0n, 127n, 128n, -128n, -129n, 255n, 256n, 32767n, 32768n, -1n, 10n ** 37n, -(10n ** 37n)]) {
    const expected = murmur3(encodeBigEndian(unscaled)) & 0x7fffffff
    const value = `cast('${unscaled}' as decimal(38,0))`
    expect(await apply('bucket[2147483647]', 'decimal(38,0)', value)).toBe(String(expected % 2147483647))
  }
})

/** From the description of the algorithm, in JavaScript's own 32 bits. */
function murmur3(bytes: Uint8Array): number {
  const mixWord = (k: number) =>
    Math.imul((Math.imul(k, 0xcc9e2d51) << 15) | (Math.imul(k, 0xcc9e2d51) >>> 17), 0x1b873593)
  let h = 0
  const words = bytes.length >> 2
  for (let i = 0; i < words; i++) {
    h ^= mixWord(Buffer.from(bytes).readInt32LE(i * 4))
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
  }
  let tail = 0
  for (const [i, byte] of bytes.subarray(words * 4).entries()) tail |= byte << (8 * i)
  h ^= mixWord(tail) ^ bytes.length
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
