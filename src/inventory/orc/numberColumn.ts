import { ByteReader } from './byteRunLength.js'
import { type ColumnChunk, checkDirect, openIntegers, type ValueReader } from './columnChunk.js'

/** Opens a column of SHORT, INT or LONG (ORC v1, "SmallInt, Int, and BigInt Columns"). */
export function openIntegerColumn(chunk: ColumnChunk): ValueReader<bigint> {
  checkDirect(chunk)
  const integers = openIntegers(chunk, 'DATA', true)
  return {
    next: async count => {
      const { longs } = await integers.next(count)
      const values = new Array<bigint>(count)
      for (let i = 0; i < count; i++) values[i] = longs[i] as bigint
      return values
    },
    finish: () => integers.finish(),
  }
}

/** Opens a column of BYTE, whose values are signed (ORC v1, "TinyInt Columns"). */
export function openByteColumn(chunk: ColumnChunk): ValueReader<bigint> {
  checkDirect(chunk)
  const bytes = new ByteReader(chunk.open('DATA'), chunk.capacity)
  return {
    next: async count => {
      const read = await bytes.next(count)
      return Array.from(read.subarray(0, count), byte => BigInt((byte << 24) >> 24))
    },
    finish: () => bytes.finish(),
  }
}
