import { BooleanReader } from './booleanRunLength.js'
import { type ColumnChunk, checkDirect, type ValueReader } from './columnChunk.js'

/** Opens a column of BOOLEAN (ORC v1, "Boolean Columns"). */
export function openBooleanColumn(chunk: ColumnChunk): ValueReader<boolean> {
  checkDirect(chunk)
  const flags = new BooleanReader(chunk.open('DATA'), chunk.capacity)
  return {
    next: async count => {
      const read = await flags.next(count)
      const values = new Array<boolean>(count)
      for (let i = 0; i < count; i++) values[i] = read[i] === 1
      return values
    },
    finish: () => flags.finish(),
  }
}
