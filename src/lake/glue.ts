import type { DatabaseInput, TableInput } from '@aws-sdk/client-glue'
import { StocktakeError } from '../errors.js'

/** A column as Glue keeps it: the type is Hive's (`bigint`, `array<string>`). */
export interface GlueColumn {
  readonly name: string
  readonly type: string
  readonly comment?: string
  readonly parameters?: Readonly<Record<string, string>>
}

/** A table or view of Glue's. */
export interface GlueTable {
  readonly database: string
  readonly name: string
  /** Which state of it this is: an update can ask that it still is. */
  readonly versionId: string | undefined
  /** `EXTERNAL_TABLE`, `VIRTUAL_VIEW`; empty where nobody said. */
  readonly tableType: string
  readonly parameters: Readonly<Record<string, string>>
  readonly description?: string
  /** Its folder's URL. */
  readonly location?: string
  readonly columns: readonly GlueColumn[]
  /** Of a view: what it is, in the spelling of the engine that made it. */
  readonly viewText?: string
  /** All of it that an update can say, so that what others have put there is passed on. */
  readonly raw: TableInput
}

export interface GlueDatabase {
  readonly name: string
  readonly description?: string
  readonly location?: string
  readonly parameters: Readonly<Record<string, string>>
}

/** AWS Glue's Data Catalog, as far as tables are kept in it. */
export interface Glue {
  /** Where it is, for messages: `Glue in eu-west-1`. */
  readonly place: string

  /** `undefined` where there is none. */
  findDatabase(name: string): Promise<GlueDatabase | undefined>

  /** @returns `false`: there is one already, which stays as it is */
  createDatabase(input: DatabaseInput): Promise<boolean>

  /** `undefined` where there is none, or no such database. */
  findTable(database: string, name: string): Promise<GlueTable | undefined>

  /**
   * @returns `false`: there is one already, which stays as it is; after a lost answer it may be this one
   * @throws {GlueNotFoundError} for a database that isn't there
   */
  createTable(database: string, input: TableInput): Promise<boolean>

  /**
   * Replaces a table by all of `input`.
   * @param versionId the table is to be in that state still
   * @throws {GlueConflictError} where it isn't, or the table is no more
   */
  updateTable(database: string, input: TableInput, versionId?: string): Promise<void>

  /**
   * Removes the table; where there is none, does nothing. Glue has no condition for it: the table is looked at just before.
   * @param isMeant whether what is there is the one that is meant; all are unless given
   * @returns whether there is none by now
   */
  deleteTable(database: string, name: string, isMeant?: (table: GlueTable) => boolean): Promise<boolean>

  /** Tables and views, as Glue lists them. @throws {GlueNotFoundError} for a database that isn't there */
  listTables(database: string): AsyncIterable<GlueTable>
}

/** Another writer changed or removed the table first; it is as that writer left it. */
export class GlueConflictError extends StocktakeError {
  /** An earlier try got no answer, and may be the very writer that was first. */
  readonly mayBeOurs: boolean

  constructor(subject: string, got: string, mayBeOurs: boolean, cause: unknown) {
    super({ subject, expected: 'the state that was looked at', got, fix: 'run it again', cause })
    this.mayBeOurs = mayBeOurs
  }
}
