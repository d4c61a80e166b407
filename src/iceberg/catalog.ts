import { StocktakeError } from '../errors.js'
import type { ObjectStore } from '../lake/objectStore.js'
import type { TableMetadata } from './metadata.js'
import type { Schema } from './schema.js'

/** A table to be made. */
export interface TableSpec {
  readonly name: string
  /** With its field ids. */
  readonly schema: Schema
  readonly partitionFields: readonly PartitionFieldSpec[]
  readonly sortOrder: readonly SortFieldSpec[]
  readonly properties: Readonly<Record<string, string>>
}

export interface PartitionFieldSpec {
  readonly name: string
  /** The source column. */
  readonly column: string
  readonly transform: string
}

export interface SortFieldSpec {
  readonly column: string
  readonly direction: 'asc' | 'desc'
  readonly nullOrder: 'nulls-first' | 'nulls-last'
}

/** A table as it was when it was loaded. */
export interface Table {
  readonly name: string
  readonly store: ObjectStore
  /** The URL where the table is now, as Iceberg spells it (nothing percent-encoded), without a slash at the end. */
  readonly location: string
  readonly metadata: TableMetadata
  /** The key of its metadata file in the store. */
  readonly metadataKey: string
  /** The number in that file's name; it grows with each commit. */
  readonly version: number
}

/** The one authority that says which metadata of a table counts. */
export interface Catalog {
  /** The table as it is now, or `undefined` where there is none. */
  load(name: string): Promise<Table | undefined>

  /** Creates the table; where there is one already, gives that one, as it is. */
  create(spec: TableSpec): Promise<Table>

  /**
   * Makes `next` the table's metadata if `base` still is.
   * @throws {CommitConflictError} when it isn't; nothing has changed then
   */
  commit(base: Table, next: TableMetadata): Promise<Table>

  /** The last state of a table that was dropped, where that has left any file; `undefined` also where there is a table. */
  findDropped(name: string): Promise<Table | undefined>

  /** The names of the tables, in code-point order. */
  list(): AsyncIterable<string>

  /**
   * Drops the table, as it is by now, and removes its files. A crash leaves it whole, or gone with files that go when it is
   * dropped again.
   * @throws {CommitConflictError} where another table has its name by now; that one stays
   */
  drop(table: Table): Promise<void>
}

/** Another writer committed first. The table is as that writer left it: load it and decide again. */
export class CommitConflictError extends StocktakeError {}
