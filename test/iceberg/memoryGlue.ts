import type { DatabaseInput, TableInput } from '@aws-sdk/client-glue'
import { type Glue, GlueConflictError, type GlueDatabase, type GlueTable } from '../../src/lake/glue.js'
import { toGlueTable } from '../../src/lake/glueAnswers.js'
import { GlueNotFoundError } from '../../src/lake/glueErrors.js'

/** Glue in memory. It keeps the promises of the real one; each call takes a turn of the event loop, so that writers interleave. */
export class MemoryGlue implements Glue {
  readonly place = 'Glue in memory'
  readonly databases = new Map<string, DatabaseInput>()
  readonly tables = new Map<string, { readonly input: TableInput; readonly version: number }>()

  constructor(...databases: string[]) {
    for (const name of databases) this.databases.set(name, { Name: name })
  }

  async findDatabase(name: string): Promise<GlueDatabase | undefined> {
    await turn()
    return this.databases.has(name) ? { name, parameters: {} } : undefined
  }

  async createDatabase(input: DatabaseInput): Promise<boolean> {
    await turn()
    const isNew = !this.databases.has(input.Name ?? '')
    if (isNew) this.databases.set(input.Name ?? '', input)
    return isNew
  }

  async findTable(database: string, name: string): Promise<GlueTable | undefined> {
    await turn()
    const found = this.tables.get(`${database}.${name}`)
    return found && toGlueTable({ ...found.input, Name: name, VersionId: String(found.version) }, database)
  }

  async createTable(database: string, input: TableInput): Promise<boolean> {
    await turn()
    if (!this.databases.has(database)) throw new GlueNotFoundError({ subject: database, got: 'no such database' })
    const key = `${database}.${input.Name}`
    if (this.tables.has(key)) return false
    this.tables.set(key, { input, version: 1 })
    return true
  }

  async updateTable(database: string, input: TableInput, versionId?: string): Promise<void> {
    await turn()
    const key = `${database}.${input.Name}`
    const found = this.tables.get(key)
    if (!found || (versionId !== undefined && String(found.version) !== versionId))
      throw new GlueConflictError(key, found ? `version ${found.version}` : 'none', false, undefined)
    this.tables.set(key, { input, version: found.version + 1 })
  }

  async deleteTable(database: string, name: string, isMeant?: (table: GlueTable) => boolean): Promise<boolean> {
    const found = await this.findTable(database, name)
    if (found && isMeant && !isMeant(found)) return false
    this.tables.delete(`${database}.${name}`)
    return true
  }

  async *listTables(database: string): AsyncIterable<GlueTable> {
    if (!this.databases.has(database)) throw new GlueNotFoundError({ subject: database, got: 'no such database' })
    for (const key of [...this.tables.keys()]) {
      const [inside, name = ''] = key.split('.')
      const table = inside === database ? await this.findTable(database, name) : undefined
      if (table) yield table
    }
  }
}

const turn = () => new Promise(resolve => setImmediate(resolve))
