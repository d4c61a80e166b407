import { quoteIdentifier } from './sqlText.js'

/** A view, and the SELECT that it is. */
export interface NamedView {
  /** Which it is in; the engine's usual one unless given. */
  readonly schema?: string
  readonly name: string
  readonly select: string
}

/** The statements that make it, in order. */
export function viewStatements({ schema, name, select }: NamedView): string[] {
  const view = `create or replace view ${shownAs({ ...(schema !== undefined && { schema }), name })} as ${select}`
  return schema === undefined ? [view] : [`create schema if not exists ${quoteIdentifier(schema)}`, view]
}

/** What it is called in a statement. */
export const shownAs = ({ schema, name }: Pick<NamedView, 'schema' | 'name'>): string =>
  schema === undefined ? quoteIdentifier(name) : `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`
