import type { Row } from './engine.js'
import type { ExactValue } from './exactJson.js'
import type { RemoteResult, RemoteStats } from './remoteEngine.js'
import { decoderOf, typeName, uniqueNames } from './remoteValues.js'
import type { TrinoType } from './trinoType.js'

/** A column of a result as the engine has it: two may have one name. */
export interface RemoteColumn {
  readonly name: string
  readonly type: TrinoType
}

/**
 * The result of an engine elsewhere.
 * @param exactRows as {@link RemoteResult} has them; they are also what its `rows` are made of
 */
export function toRemoteResult(
  columns: readonly RemoteColumn[],
  exactRows: AsyncIterable<readonly ExactValue[]>,
  stats: () => RemoteStats,
): RemoteResult {
  const types = columns.map(({ type }) => type)
  const names = uniqueNames(columns.map(({ name }) => name))
  const decoders = types.map(decoderOf)
  async function* rows(): AsyncGenerator<Row> {
    for await (const values of exactRows)
      yield Object.fromEntries(names.map((name, i) => [name, decoders[i]?.(values[i] ?? null) ?? null]))
  }
  return {
    columns: types.map((type, i) => ({ name: names[i] ?? '', type: typeName(type) })),
    ...{ types, rows: rows(), exactRows, stats },
  }
}
