import { StocktakeError } from '../errors.js'

/** A value as a query gives it: bigint for whole numbers of 64 bits and more, Date for timestamps (UTC), text for dates. */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | Uint8Array
  | readonly Value[]
  | { readonly [field: string]: Value }

export type Row = Readonly<Record<string, Value>>

/** Values for the `$name` parameters of a statement. */
export type Params = Readonly<Record<string, string | number | bigint | boolean | null>>

/** As {@link Params}; bytes are BLOBs. */
export type BytesParams = Readonly<Record<string, Params[string] | Uint8Array>>

export interface ResultColumn {
  readonly name: string
  /** The engine's own name of the type. */
  readonly type: string
}

export interface QueryResult {
  readonly columns: readonly ResultColumn[]
  /** The rows as they come; to be read once. Leaving the loop early ends the query. */
  readonly rows: AsyncIterable<Row>
}

/** What runs SQL. Statements of one engine run one after the other. */
export interface Engine {
  /** Where the engine spills to, and others put what is too much for memory: it goes when the engine does. */
  readonly tempFolder: string
  /** @throws {QueryError} */
  run(sql: string, params?: BytesParams): Promise<void>
  /** All rows at once: for results known to be small. @throws {QueryError} */
  rows(sql: string, params?: Params): Promise<Row[]>
  /** Changes a setting of this session, and of those forked from it. @throws {QueryError} */
  set(name: string, value: string): Promise<void>
  /** @throws {QueryError} */
  query(sql: string, params?: Params): Promise<QueryResult>
  /** How many statements a text holds; none of them runs. @throws {QueryError} where it can't be parsed */
  countStatements(sql: string): Promise<number>
  /** Another session on the same engine, with its settings: its statements run beside this one's. To be closed too. */
  fork(): Promise<Engine>
  /** Gives back what it keeps of files that it has read. @throws {QueryError} */
  forgetFiles(): Promise<void>
  close(): void
}

/** What is known of a mistake whose message DuckDB's client loses: one that is cut within a letter that isn't ASCII. */
export const LOST_MESSAGE = 'a mistake near a letter that is not ASCII; DuckDB can show no more of it'

/** SQL that the engine refused or could not finish. */
export class QueryError extends StocktakeError {}

/** The engine failed within itself. It answers nothing more: only another one does. */
export class EngineLostError extends QueryError {}

/** SQL that needed more memory than the engine may have. Less of it at a time may go through. */
export class OutOfMemoryError extends QueryError {}
