import type { Row } from '../engine/engine.js'
import { quoteIdentifier } from '../engine/sqlText.js'
import { formatTrinoLiteral, renderTrino } from '../models/trinoDialect.js'
import type { AskedPair } from './askedPair.js'
import { selectViewObjects } from './comparedObjects.js'
import { type AskedCopies, type CopyPair, type CopyQuestion, type CopyTotals, copyViewReport } from './copies.js'
import { COMPARED, type ComparedColumn } from './knownColumns.js'
import { type ChangeRow, type ObjectTotals, type PairQuestion, pairViewReport } from './pairChanges.js'
import { textAfterPrefix } from './prefixRange.js'
import type { Receipt } from './receipts.js'
import type { AskRemote } from './remoteReceipts.js'
import type { SnapshotPair } from './snapshotPair.js'
import { OBJECTS } from './tables.js'

/** Asked of an engine elsewhere, over the views that are published: each question compares the snapshots anew. */
export function askPublished(pair: SnapshotPair, ask: AskRemote): AskedPair {
  async function* askOf<R>(question: PairQuestion, depth?: number): AsyncGenerator<R> {
    const { model, params } = pairViewReport(question, pair, depth)
    for await (const row of (await ask(renderTrino(model, params))).rows) yield row as R // the model's columns
  }
  return {
    pair,
    ask: askOf,
    listChanges: () => askOf<ChangeRow>('changes'),
    countObjects: receipt => countPublished(receipt, pair.prefix, ask),
  }
}

async function countPublished(receipt: Receipt, prefix: string, ask: AskRemote): Promise<ObjectTotals> {
  const [from, to] = [prefix, textAfterPrefix(prefix) ?? null].map(text =>
    formatTrinoLiteral('VARCHAR', text, 'prefix'),
  )
  const { rows } = await ask(
    `select count(*) as object_count, cast(coalesce(sum(size), 0) as bigint) as total_size_bytes
    from (${selectViewObjects(receipt)}) where key >= ${from} and (${to} is null or key < ${to})`,
  )
  for await (const row of rows) return row as unknown as ObjectTotals // the columns above
  throw new Error('a count without a row')
}

/** As `findLacking`, by what an engine elsewhere knows of the table's partitions without reading files. */
export async function findPublishedLacking({ import_id }: Receipt, ask: AskRemote): Promise<ComparedColumn[]> {
  const lacking = COMPARED.map(name => `sum(data.${name}.null_count) = sum(record_count) as ${name}`)
  const { rows } = await ask(
    `select ${lacking.join(', ')} from ${quoteIdentifier(`${OBJECTS.name}$partitions`)}
    where partition.import_id = ${formatTrinoLiteral('VARCHAR', import_id, 'import_id')}`,
  )
  for await (const row of rows) return COMPARED.filter(name => row[name] === true)
  return []
}

/** What differs between two buckets, asked of an engine elsewhere: each question compares them anew. */
export const askPublishedCopies = (pair: CopyPair, ask: AskRemote): AskedCopies => {
  async function* rowsOf(question: CopyQuestion): AsyncGenerator<Row> {
    const { model, params } = copyViewReport(question, pair)
    yield* (await ask(renderTrino(model, params))).rows
  }
  return {
    pair,
    list: () => rowsOf('copies'),
    async getTotals() {
      for await (const row of rowsOf('copy_totals')) return row as unknown as CopyTotals // the model's columns
      throw new Error('totals without a row')
    },
  }
}
