import type { Engine } from './engine.js'

/** What DuckDB's parser makes of a SELECT, as `json_serialize_sql` gives it. */
export interface SelectTree {
  /** Names of the functions in it, as they are called in the text; operators and casts are among them. */
  readonly functions: readonly string[]
  /** Functions that stand where a table does. */
  readonly tableFunctions: readonly CalledFunction[]
  /** Tables, views and texts in their place (`from 'a.csv'`), also those that are names of the statement's own (WITH). */
  readonly tables: readonly NamedTable[]
  /** Whether the whole is ordered, and to how many rows it is limited by nothing. */
  readonly isOrderedWhole: boolean
}

export interface CalledFunction {
  readonly name: string
  /** The texts within its first argument: the paths of files, where it reads some. */
  readonly texts: readonly string[]
}

export interface NamedTable {
  /** Empty where none is named. */
  readonly catalog: string
  readonly schema: string
  readonly name: string
}

/**
 * Parses one SELECT; nothing of it runs, and no name in it is looked up.
 * @throws {TypeError} for what is none
 */
export async function parseSelect(sql: string, engine: Engine): Promise<SelectTree> {
  const [row] = await engine.rows('select json_serialize_sql(cast($sql as varchar)) as parsed', { sql })
  const { statements } = JSON.parse(String(row?.parsed)) as { statements?: readonly { node: Node }[] }
  const [statement] = statements ?? []
  if (!statement || statements?.length !== 1) throw new TypeError('expected one SELECT')
  const functions: string[] = []
  const tableFunctions: CalledFunction[] = []
  const tables: NamedTable[] = []
  for (const node of nodesOf(statement)) {
    if (typeof node.function_name === 'string') functions.push(node.function_name)
    if (node.type === 'TABLE_FUNCTION') tableFunctions.push(calledFunction(node.function as Node))
    if (node.type === 'BASE_TABLE') tables.push(namedTable(node))
  }
  return { functions, tableFunctions, tables, isOrderedWhole: isOrdered(statement.node) }
}

type Node = Readonly<Record<string, unknown>>

/** All objects in a tree, however deep it is. */
function* nodesOf(root: object): Generator<Node> {
  const waiting: object[] = [root]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (!Array.isArray(node)) yield node as Node
    for (const inside of Object.values(node)) if (typeof inside === 'object' && inside !== null) waiting.push(inside)
  }
}

function calledFunction(node: Node | undefined): CalledFunction {
  const [first] = (node?.children ?? []) as readonly Node[]
  const texts: string[] = []
  for (const { type, value } of first ? nodesOf(first) : [])
    if (type === 'VALUE_CONSTANT') {
      const constant = (value as Node).value
      if (typeof constant === 'string') texts.push(constant)
    }
  return { name: String(node?.function_name), texts }
}

const namedTable = ({ catalog_name, schema_name, table_name }: Node): NamedTable => ({
  catalog: String(catalog_name ?? ''),
  schema: String(schema_name ?? ''),
  name: String(table_name ?? ''),
})

function isOrdered({ modifiers }: Node): boolean {
  const types = ((modifiers ?? []) as readonly Node[]).map(({ type }) => type)
  return types.includes('ORDER_MODIFIER') && !types.some(type => String(type).startsWith('LIMIT'))
}
