import { deflateRawSync } from 'node:zlib'
import avsc from 'avsc'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatAvro, parseAvro } from '../../src/iceberg/avro.js'
import type { AvroValue } from '../../src/iceberg/avroDecoder.js'
import type { AvroSchema } from '../../src/iceberg/avroSchema.js'
import { TableFormatError, UnsupportedTableError } from '../../src/iceberg/errors.js'

const NO_NAMES = new Map<number, string>()
const schema: AvroSchema = {
  type: 'record',
  name: 'r',
  fields: [
    { name: 'id', type: 'long', 'field-id': 1 },
    { name: 'note', type: ['null', 'string'], default: null, 'field-id': 2 },
    { name: 'parts', type: { type: 'array', items: 'int', 'element-id': 3 }, 'field-id': 4 },
    { name: 'day', type: { type: 'int', logicalType: 'date' }, 'field-id': 5 },
  ],
}
const record = (id: number | bigint) => ({ id, note: 'n', parts: [1, 2], day: 7 })

/** A container written by hand: what another writer, or a broken disk, may leave. */
function container(schemaJson: unknown, codec: string | undefined, count: number, body: Uint8Array): Buffer {
  const type = avsc.Type.forSchema({ type: 'map', values: 'bytes' })
  const header = {
    'avro.schema': Buffer.from(JSON.stringify(schemaJson) ?? ''),
    ...(codec && { 'avro.codec': Buffer.from(codec) }),
  }
  const sync = Buffer.alloc(16, 7)
  const long = avsc.Type.forSchema('long')
  return Buffer.concat([
    Buffer.from('Obj\x01'),
    type.toBuffer(header),
    sync,
    long.toBuffer(count),
    long.toBuffer(body.length),
    body,
    sync,
  ])
}
const parse = (bytes: Uint8Array) => parseAvro(bytes, NO_NAMES, 'm.avro')

describe('what is written', () => {
  test('keeps the schema in the header with its ids and logical types, and names the codec', () => {
    const { header, records } = parse(formatAvro(schema, { content: 'data' }, [record(1), record(2n ** 63n - 1n)]))
    expect(JSON.parse(header.get('avro.schema') ?? '')).toEqual(schema)
    expect([header.get('avro.codec'), header.get('content')]).toEqual(['deflate', 'data'])
    expect(records).toEqual([record(1), record(2n ** 63n - 1n)])
  })

  test('is a file for no records too', () => expect(parse(formatAvro(schema, {}, [])).records).toEqual([]))

  test('has blocks of a bounded number of records', () => {
    const records = Array.from({ length: 2500 }, (_, i) => record(i))
    expect(parse(formatAvro(schema, {}, records)).records).toEqual(records)
  })

  test('is what avsc reads', async () => {
    const decoder = new avsc.streams.BlockDecoder()
    const seen: unknown[] = []
    const done = new Promise(resolve => decoder.on('data', value => seen.push({ ...value })).on('end', resolve))
    decoder.end(formatAvro(schema, {}, [record(5)]))
    await done
    expect(seen).toEqual([record(5)])
  })
})

describe('what others write', () => {
  test('is read by field ids, whatever the names', () => {
    const names = new Map([[1, 'snapshot_id']])
    expect(parseAvro(formatAvro(schema, {}, [record(5)]), names, 'm').records[0]).toMatchObject({ snapshot_id: 5 })
  })

  test('may have every type of Avro', () => {
    const everything = {
      type: 'record',
      name: 'everything',
      fields: [
        { name: 'nothing', type: 'null' },
        { name: 'yes', type: 'boolean' },
        { name: 'f', type: 'float' },
        { name: 'd', type: 'double' },
        { name: 'b', type: 'bytes' },
        { name: 'two', type: { type: 'fixed', name: 'pair', size: 2 } },
        { name: 'again', type: 'pair' },
        { name: 'e', type: { type: 'enum', name: 'letters', symbols: ['A', 'B'] } },
        { name: 'm', type: { type: 'map', values: 'long' } },
      ],
    } as const
    const type = avsc.Type.forSchema(JSON.parse(JSON.stringify(everything)))
    const bytes = (...values: number[]) => Buffer.from(values)
    const value = {
      nothing: null,
      yes: true,
      f: 1.5,
      d: -2,
      b: bytes(1),
      two: bytes(1, 2),
      again: bytes(3, 4),
      e: 'B',
      m: { x: 3 },
    }
    const { records } = parse(container(everything, undefined, 1, type.toBuffer(value)))
    expect(records).toEqual([value])
  })

  test('may have arrays in blocks with their sizes', () => {
    const body = Buffer.from([3, 8, 1 << 1, 2 << 1, 0]) // count -2, four bytes, 1, 2, end
    const array = { type: 'array', items: 'int' }
    expect(parse(container(array, 'null', 1, body)).records).toEqual([[1, 2]])
  })

  test('in a codec that is not known here is refused by name', () =>
    expect(() => parse(container('int', 'zstandard', 1, Buffer.from([2])))).toThrow(UnsupportedTableError))
})

describe('what is broken is refused, in little memory', () => {
  const array = { type: 'array', items: 'int' }
  const huge = avsc.Type.forSchema('long').toBuffer(2 ** 50)
  const itself = { type: 'record', name: 'r', fields: [{ name: 'r', type: 'r' }] }
  test.each<[string, Uint8Array]>([
    ['nothing', Buffer.alloc(0)],
    ['another file', Buffer.from('PAR1')],
    ['a header only begun', Buffer.from('Obj\x01\x04')],
    ['no schema', container(undefined, 'null', 1, Buffer.from([2]))],
    ['a schema of an unknown type', container('decimal', 'null', 1, Buffer.from([2]))],
    ['a schema that is a number', container(5, 'null', 1, Buffer.from([2]))],
    ['a record without fields', container({ type: 'record', name: 'r' }, 'null', 1, Buffer.from([2]))],
    ['a field without a name', container({ type: 'record', name: 'r', fields: [{}] }, 'null', 1, Buffer.from([2]))],
    ['a fixed without a size', container({ type: 'fixed', name: 'f' }, 'null', 1, Buffer.from([2]))],
    ['a schema nested too deeply', container(nested(100), 'null', 1, Buffer.from([2]))],
    ['a record that holds itself', container(itself, 'null', 1, Buffer.from([2]))],
    ['an array of 2^50 items', container(array, 'null', 1, huge)],
    ['an array of 2^50 nulls', container({ type: 'array', items: 'null' }, 'null', 1, huge)],
    ['bytes of length 2^50', container('bytes', 'null', 1, huge)],
    ['2^50 records', container('null', 'null', 2 ** 50, Buffer.alloc(0))],
    ['a negative length', container('bytes', 'null', 1, Buffer.from([3]))],
    ['a union of too few branches', container(['null', 'int'], 'null', 1, Buffer.from([4]))],
    ['a number without an end', container('long', 'null', 1, Buffer.alloc(20, 0xff))],
    ['rest in a block', container('int', 'null', 1, Buffer.from([2, 2]))],
    ['a block that does not inflate', container('int', 'deflate', 1, Buffer.from([9, 9, 9]))],
    ['a block that inflates to 300 MB', container('bytes', 'deflate', 1, deflateRawSync(Buffer.alloc(300 << 20)))],
  ])('%s', (_, bytes) => expect(() => parse(bytes)).toThrow(TableFormatError))

  const lists = { type: 'array', items: { type: 'array', items: 'boolean' } }
  const times = (n: number) =>
    Buffer.concat([avsc.Type.forSchema('long').toBuffer(n), Buffer.alloc(n), Buffer.alloc(1)])
  const deflated = (n: number) => deflateRawSync(times(n), { level: 1 })
  test.each<[string, Uint8Array]>([
    ['70 million booleans', container({ type: 'array', items: 'boolean' }, 'deflate', 1, deflated(70e6))],
    ['70 million records of a byte', container('boolean', 'null', 70e6, Buffer.alloc(0))],
    ['5 million empty lists', container(lists, 'deflate', 1, deflated(5e6))],
  ])('%s, which the bytes may well hold', (_, bytes) =>
    expect(() => parse(bytes)).toThrow(
      'm.avro: expected values that take 1 GiB of memory at most, got more; have the engine that wrote it write smaller',
    ),
  )

  test('a million booleans, and as many empty lists, are not too many', () => {
    const booleans = parse(container({ type: 'array', items: 'boolean' }, 'deflate', 1, deflated(1e6)))
    const empty = parse(container(lists, 'deflate', 1, deflated(1e6)))
    expect([booleans.records[0], empty.records[0]]).toMatchObject([{ length: 1e6 }, { length: 1e6 }])
  })

  test('any cut, and any byte changed, gives an error or other values, and nothing worse', () => {
    const bytes = formatAvro(schema, {}, [record(1), record(2)])
    for (let length = 0; length < bytes.length; length++) {
      expect(outcome(bytes.subarray(0, length))).toSatisfy(isErrorOrEmpty)
    }
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ change : byte))
        const result = outcome(changed)
        return Array.isArray(result) || result instanceof TableFormatError || result instanceof UnsupportedTableError
      }),
      { numRuns: 2000 },
    )
  })

  function nested(depth: number): unknown {
    return depth === 0 ? 'int' : { type: 'array', items: nested(depth - 1) }
  }
  function outcome(bytes: Uint8Array): readonly AvroValue[] | unknown {
    try {
      return parse(bytes).records
    } catch (error) {
      return error
    }
  }
  /** A cut right after the header leaves an empty file, as far as anyone can tell. */
  const isErrorOrEmpty = (result: unknown) =>
    result instanceof TableFormatError || (Array.isArray(result) && result.length === 0)
})
