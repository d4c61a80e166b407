import type { QueryResult } from '../engine/engine.js'
import { compareReceipts, type Receipt } from './receipts.js'

/** Runs a query in Trino's SQL over the published views. @throws {RemoteQueryError} */
export type AskRemote = (sql: string) => Promise<QueryResult>

/**
 * All receipts that an engine elsewhere knows of, newest snapshot first: what was published last, which may be less than
 * the lake has by now.
 * @throws {RemoteQueryError} where nothing is published
 */
export async function listRemoteReceipts(ask: AskRemote): Promise<Receipt[]> {
  const receipts: Receipt[] = []
  const { rows } = await ask('select * from snapshots')
  for await (const row of rows) receipts.push(row as unknown as Receipt) // the view's columns, whose types are these
  return receipts.sort(compareReceipts)
}
