import type { ResultColumn, Row, Value } from './engine.js'

/** The rows with figures for decimals that are too wide for a double, and come as texts; whole ones stay exact. */
export const withFigures = (rows: AsyncIterable<Row>, columns: readonly ResultColumn[]): AsyncGenerator<Row> =>
  withDecimals(rows, columns, figureOf)

/** As {@link withFigures}, for programs: one that a double would change stays a text. */
export const withExactFigures = (rows: AsyncIterable<Row>, columns: readonly ResultColumn[]): AsyncGenerator<Row> =>
  withDecimals(rows, columns, value =>
    typeof value === 'string' && /\./.test(value) && value.replace(/\D/g, '').length > 15 ? value : figureOf(value),
  )

async function* withDecimals(
  rows: AsyncIterable<Row>,
  columns: readonly ResultColumn[],
  figureOf: (value: Value) => Value,
): AsyncGenerator<Row> {
  const names = columns.filter(({ type }) => type.startsWith('DECIMAL') && !type.endsWith(']')).map(({ name }) => name)
  if (names.length === 0) return yield* rows
  for await (const row of rows) {
    const figures = names.map((name): [string, Value] => [name, figureOf(row[name] ?? null)])
    yield { ...row, ...Object.fromEntries(figures) }
  }
}

function figureOf(value: Value): Value {
  if (typeof value !== 'string') return value
  return /^-?\d+$/.test(value) ? BigInt(value) : Number(value)
}
