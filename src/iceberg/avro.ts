import { randomBytes } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import avsc from 'avsc'
import { AvroDecoder, type AvroValue, MAX_VALUE_BYTES } from './avroDecoder.js'
import { type AvroSchema, resolveAvroSchema } from './avroSchema.js'
import { TableFormatError, UnsupportedTableError } from './errors.js'

/** An Avro file, decoded: its header's texts by key, its records in order. */
export interface AvroFile {
  readonly header: ReadonlyMap<string, string>
  readonly records: readonly AvroValue[]
}

/**
 * An Avro object container file. The header holds the schema exactly as given (a compiled one would lose field-id,
 * element-id and logicalType), is there for no records too, and always names the codec.
 * @param records with plain values for unions; longs may be bigints
 */
export function formatAvro(
  schema: AvroSchema,
  header: Readonly<Record<string, string>>,
  records: readonly object[],
): Uint8Array {
  const type = compile(schema)
  const sync = randomBytes(SYNC_BYTES)
  const entries = Object.entries({ ...header, 'avro.schema': JSON.stringify(schema), 'avro.codec': 'deflate' })
  const parts = [MAGIC, headerType.toBuffer(Object.fromEntries(entries.map(([k, v]) => [k, Buffer.from(v)]))), sync]
  for (let i = 0; i < records.length; i += BLOCK_RECORDS) {
    const block = records.slice(i, i + BLOCK_RECORDS)
    const body = deflateRawSync(Buffer.concat(block.map(record => type.toBuffer(record))))
    parts.push(longType.toBuffer(block.length), longType.toBuffer(body.length), body, sync)
  }
  return Buffer.concat(parts)
}

/**
 * Parses an Avro file of any writer. Memory is bounded by 256 MB of inflated blocks and by 1 GiB of values,
 * whatever the bytes are.
 * @param names the names that records are to be decoded with, by field id
 * @param subject the file, for the error
 * @throws {TableFormatError} for bytes that are no Avro file, or not a whole one, and for one of too many values
 * @throws {UnsupportedTableError} for a codec other than null and deflate
 */
export function parseAvro(bytes: Uint8Array, names: ReadonlyMap<number, string>, subject: string): AvroFile {
  const budget = { leftBytes: MAX_VALUE_BYTES }
  const decoder = new AvroDecoder(bytes, subject, budget)
  if (Buffer.compare(decoder.take(Math.min(MAGIC.length, decoder.remaining)), MAGIC) !== 0) {
    throw new TableFormatError({ subject, expected: 'an Avro file', got: 'other bytes at its start' })
  }
  const header = parseHeader(decoder)
  const sync = decoder.take(SYNC_BYTES)
  const node = resolveAvroSchema(parseSchemaJson(header.get('avro.schema'), subject), names, subject)
  const inflate = chooseCodec(header.get('avro.codec') ?? 'null', subject)
  const records: AvroValue[] = []
  let budgetBytes = MAX_INFLATED_BYTES
  while (decoder.remaining > 0) {
    const count = decoder.recordCount()
    const body = inflate(decoder.bytes(), budgetBytes)
    budgetBytes -= body.length
    const block = new AvroDecoder(body, subject, budget)
    for (let i = 0; i < count; i++) {
      if (block.remaining === 0) throw new TableFormatError({ subject, got: `${i} records in a block of ${count}` })
      records.push(block.value(node))
    }
    if (block.remaining > 0 || Buffer.compare(decoder.take(SYNC_BYTES), sync) !== 0) {
      throw new TableFormatError({ subject, expected: 'a block that ends in the sync marker', got: 'other bytes' })
    }
  }
  return { header, records }
}

const MAGIC = Buffer.from('Obj\x01', 'latin1')
const SYNC_BYTES = 16
const BLOCK_RECORDS = 1000
const MAX_INFLATED_BYTES = 256 * 1024 * 1024

/** Takes numbers and bigints: a number is what avsc itself writes up to 2^53. */
const bigLong = avsc.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: number | bigint) => {
    const buffer = Buffer.alloc(8)
    buffer.writeBigInt64LE(BigInt(value))
    return buffer
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint' || Number.isSafeInteger(value),
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
})
const longType = avsc.Type.forSchema('long')
const headerType = avsc.Type.forSchema({ type: 'map', values: 'bytes' })

/** Logical types only describe: avsc isn't told of them, and takes the values of what they are made of. */
function compile(schema: AvroSchema): avsc.Type {
  const typeHook = (part: unknown): avsc.Type | undefined => (isLong(part) ? bigLong : undefined)
  return avsc.Type.forSchema(JSON.parse(JSON.stringify(schema)), { typeHook, wrapUnions: 'never' })
}

const isLong = (schema: unknown): boolean =>
  schema === 'long' || (typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'long')

function parseHeader(decoder: AvroDecoder): Map<string, string> {
  const raw = decoder.value({ kind: 'map', items: { kind: 'bytes' } })
  const text = new TextDecoder()
  return new Map(Object.entries(raw ?? {}).map(([key, value]) => [key, text.decode(value)]))
}

function parseSchemaJson(text: string | undefined, subject: string): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch (cause) {
    throw new TableFormatError({ subject, expected: 'avro.schema as JSON in the header', cause })
  }
}

function chooseCodec(codec: string, subject: string): (body: Uint8Array, limitBytes: number) => Uint8Array {
  if (codec === 'null') return body => body
  if (codec !== 'deflate') {
    throw new UnsupportedTableError({ subject, expected: 'Avro codec deflate or null', got: codec })
  }
  return (body, limitBytes) => {
    try {
      return inflateRawSync(body, { maxOutputLength: Math.max(1, limitBytes) })
    } catch (cause) {
      throw new TableFormatError({ subject, expected: 'a deflated block', got: 'bytes that do not inflate', cause })
    }
  }
}
