import { StocktakeError } from '../errors.js'
import type { Schema } from '../iceberg/schema.js'
import { tableCommand } from './tableCommand.js'
import type { DeclaredColumn, DeclaredTable } from './tableSpec.js'

/** A file that declares what its table no longer is: its rules would be passed over. Nothing was added. */
export class RulesLostError extends StocktakeError {}

/**
 * Rows may be checked only where each column with a rule, and each that another is filled from, is in the table by its name.
 * @throws {RulesLostError} after a rename or a drop that the file doesn't follow
 */
export function requireRules(declared: DeclaredTable, { fields }: Schema): void {
  const { columns, name, file } = declared
  const sources = new Set(columns.flatMap(({ filledBy }) => (filledBy ? [filledBy.column] : [])))
  const lost = columns.find(
    column => (hasRule(column) || sources.has(column.name)) && !fields.some(field => field.name === column.name),
  )
  if (!lost) return
  throw new RulesLostError({
    subject: `table ${name}`,
    expected: `its column ${lost.name}, for which ${file} has a rule`,
    got: 'none of that name',
    fix: `let ${file} declare what the table has: \`${tableCommand(declared, 'verify')}\` shows it`,
  })
}

const hasRule = ({ filledBy, oneOf, min, max, length }: DeclaredColumn): boolean =>
  [filledBy, oneOf, min, max, length].some(rule => rule !== undefined)
