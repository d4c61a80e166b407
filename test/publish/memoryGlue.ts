import type { TableInput } from '@aws-sdk/client-glue'
import { type Glue, GlueConflictError, type GlueTable } from '../../src/lake/glue.js'
import { toGlueTable } from '../../src/lake/glueAnswers.js'

/** A Glue in memory, that counts versions as the real one does. */
export interface MemoryGlue extends Glue {
  /** Each write that was done, `update shop.sales`. */
  readonly writes: string[]
  /** Runs before each write; what it throws is the write's failure, and nothing was written. */
  before: (write: string) => Promise<void>
  /** Runs after each write. */
  after: () => Promise<void>
}

export function memoryGlue(): MemoryGlue {
  const databases = new Set<string>()
  const tables = new Map<string, { readonly input: TableInput; readonly version: number }>()
  const key = (database: string, name: string) => `${database}.${name}`
  const write = async <T>(what: string, act: () => T): Promise<T> => {
    await glue.before(what)
    const done = act()
    glue.writes.push(what)
    await glue.after()
    return done
  }
  const find = (database: string, name: string): GlueTable | undefined => {
    const found = tables.get(key(database, name))
    return (
      found && toGlueTable({ ...structuredClone(found.input), VersionId: String(found.version) } as never, database)
    )
  }
  const glue: MemoryGlue = {
    place: 'Glue in memory',
    writes: [],
    before: async () => undefined,
    after: async () => undefined,
    findDatabase: async name => (databases.has(name) ? { name, parameters: {} } : undefined),
    createDatabase: ({ Name = '' }) =>
      write(`database ${Name}`, () => {
        const isNew = !databases.has(Name)
        databases.add(Name)
        return isNew
      }),
    findTable: async (database, name) => find(database, name),
    createTable: (database, input) =>
      write(`create ${key(database, input.Name ?? '')}`, () => {
        if (tables.has(key(database, input.Name ?? ''))) return false
        tables.set(key(database, input.Name ?? ''), { input: structuredClone(input), version: 0 })
        return true
      }),
    updateTable: (database, input, versionId) =>
      write(`update ${key(database, input.Name ?? '')}`, () => {
        const found = tables.get(key(database, input.Name ?? ''))
        if (!found || (versionId !== undefined && versionId !== String(found.version)))
          throw new GlueConflictError(key(database, input.Name ?? ''), 'another', false, undefined)
        tables.set(key(database, input.Name ?? ''), { input: structuredClone(input), version: found.version + 1 })
      }),
    deleteTable: (database, name, isMeant = () => true) =>
      write(`delete ${key(database, name)}`, () => {
        const found = find(database, name)
        if (found && !isMeant(found)) return false
        tables.delete(key(database, name))
        return true
      }),
    async *listTables(database) {
      for (const name of tables.keys())
        if (name.startsWith(`${database}.`)) {
          const found = find(database, name.slice(database.length + 1))
          if (found) yield found
        }
    },
  }
  return glue
}
