import type { ValueColumn } from './tableRows.js'
import type { Value } from './valueText.js'

/** The rows as CSV, as the command line writes it: RFC 4180, exact values; a NULL is empty, an empty text is `""`. */
export function formatCsv<Row>(rows: readonly Row[], columns: readonly ValueColumn<Row>[]): string {
  const kept = columns.filter(hasValues)
  const lines = [kept.map(({ name }) => name), ...rows.map(row => kept.map(({ value }) => value(row)))]
  return lines.map(fields => `${fields.map(csvField).join(',')}\n`).join('')
}

/** The rows as an array of JSON, an object for each. */
export function formatJson<Row>(rows: readonly Row[], columns: readonly ValueColumn<Row>[]): string {
  const kept = columns.filter(hasValues)
  return JSON.stringify(rows.map(row => Object.fromEntries(kept.map(({ name, value }) => [name, value(row)]))))
}

/** Columns of buttons and bars have no title. */
const hasValues = ({ title }: { title: string }): boolean => title !== ''

function csvField(value: Value): string {
  if (value === null) return ''
  const text = String(value)
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
