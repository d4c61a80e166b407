import { inflateRawSync } from 'node:zlib'
import avsc from 'avsc'
import { AvroDecoder, MAX_VALUE_BYTES } from '../../../src/iceberg/avroDecoder.js'

/** An Avro file with its blocks unpacked: a change of one byte is then a change of one value. */
export function withoutDeflate(bytes: Uint8Array): Buffer {
  const decoder = new AvroDecoder(bytes, 'seed', { leftBytes: MAX_VALUE_BYTES })
  const parts: Uint8Array[] = [decoder.take(4)]
  const header = decoder.value({ kind: 'map', items: { kind: 'bytes' } }) as Readonly<Record<string, Uint8Array>>
  const plain = Object.entries({ ...header, 'avro.codec': Buffer.from('null') })
  const sync = decoder.take(16)
  parts.push(headerType.toBuffer(Object.fromEntries(plain.map(([key, value]) => [key, Buffer.from(value)]))), sync)
  while (decoder.remaining > 0) {
    const count = decoder.length(Number.MAX_SAFE_INTEGER)
    const packed = decoder.bytes()
    const isDeflated = Buffer.from(header['avro.codec'] ?? '').toString() === 'deflate'
    const body = isDeflated ? inflateRawSync(packed) : Buffer.from(packed)
    parts.push(longType.toBuffer(count), longType.toBuffer(body.length), body, decoder.take(16))
  }
  return Buffer.concat(parts)
}

const longType = avsc.Type.forSchema('long')
const headerType = avsc.Type.forSchema({ type: 'map', values: 'bytes' })
