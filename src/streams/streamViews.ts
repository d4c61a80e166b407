import type { Stream } from '../config/stream.js'
import { quoteIdentifier, quoteString } from '../engine/sqlText.js'
import { NotFoundError, StocktakeError } from '../errors.js'
import { findAsOf } from '../iceberg/ancestry.js'
import type { Catalog, Table } from '../iceberg/catalog.js'
import { currentSnapshot } from '../iceberg/metadata.js'
import { bindInputs, loadModel } from '../models/model.js'
import type { MoreViews } from '../snapshot/moreViews.js'
import { scannedPath } from '../snapshot/viewStatements.js'
import { selectTableRows } from '../tables/selectTableRows.js'
import { isNamedIn } from '../tables/tableViews.js'
import { EVENTS, streamTableName } from './streamTables.js'

/** Bars of prices, each a model of `sql/streams`, and a view beside the table that it reads. */
const BARS = ['bars_1m', 'bars_1h'] as const
const TRADES = 'market_trades'

/** A view of a stream's database: of a table, or of what a model makes of one. */
interface StreamView {
  readonly database: string
  readonly name: string
  /** Of the table that it reads. */
  readonly channel: string
  readonly model?: string
}

export interface StreamViewEffects {
  readonly catalog: Pick<Catalog, 'load'>
  /** Told of a table that was asked for and isn't there. */
  readonly notice: (message: string) => void
  /** Told of a table that can't be read, where nobody asked for it by its name. */
  readonly warn: (message: string) => void
}

/**
 * Streams' tables as views, `database.channel`; and of trades, bars of a minute and of an hour. Of those without a table yet
 * there is none.
 */
export function streamViews(streams: readonly Stream[], { catalog, notice, warn }: StreamViewEffects): MoreViews {
  const views = streams.flatMap(listViews)
  return {
    names: views.map(nameOf),
    find: sql => views.filter(({ database, name }) => isNamedIn(sql, [database]) && isNamedIn(sql, [name])).map(nameOf),
    async list() {
      const there: string[] = []
      for (const view of views) if (await catalog.load(tableOf(view))) there.push(nameOf(view))
      return there
    },
    async load(names, { isNamed, asOf }) {
      const statements: string[] = []
      for (const view of views.filter(view => names.includes(nameOf(view)))) {
        try {
          const table = await catalog.load(tableOf(view))
          if (table) statements.push(...viewStatements(view, await selectRows(table, asOf)))
          else if (isNamed) notice(`${tableOf(view)} is not made yet: stocktake streams etl makes it`)
        } catch (error) {
          if (isNamed || !(error instanceof StocktakeError)) throw error
          if (!(error instanceof NotFoundError)) warn(`without ${nameOf(view)}: ${error.message}`)
        }
      }
      return statements
    },
  }
}

/** The statements that make the views in a DuckDB with its iceberg extension; of tables that have rows, which it wants. */
export async function formatStreamViews(
  streams: readonly Stream[],
  place: string,
  catalog: Pick<Catalog, 'load'>,
): Promise<string[]> {
  const statements: string[] = []
  for (const view of streams.flatMap(listViews)) {
    const table = await catalog.load(tableOf(view))
    if (!table || !currentSnapshot(table.metadata)) continue
    const path = quoteString(scannedPath(place, tableOf(view), table))
    const select = `select * from iceberg_scan(${path}, allow_moved_paths = true)`
    statements.push(`\n${viewStatements(view, select).join(';\n')};\n`)
  }
  return statements
}

function listViews({ database, channels, source }: Stream): StreamView[] {
  const tables = [...new Set([...channels, EVENTS])].map(channel => ({ database, name: channel, channel }))
  if (source !== 'coinbase' || !channels.includes(TRADES)) return tables
  return [...tables, ...BARS.map(name => ({ database, name, channel: TRADES, model: `streams/${name}` }))]
}

const nameOf = ({ database, name }: StreamView): string => `${database}.${name}`
const tableOf = ({ database, channel }: StreamView): string => streamTableName({ database }, channel)

async function selectRows(table: Table, asOf: Date | undefined): Promise<string> {
  const state = asOf && findAsOf(table.metadata, asOf)
  if (asOf && !state)
    throw new NotFoundError({
      subject: `table ${table.name}`,
      expected: `a state of ${asOf.toISOString()}`,
      got: 'none: the table had no rows yet, or it has expired',
    })
  const { select } = await selectTableRows(table, state ? { snapshotId: state['snapshot-id'] } : {})
  return select
}

function viewStatements({ database, name, model }: StreamView, rows: string): string[] {
  const schema = quoteIdentifier(database)
  const select = model === undefined ? rows : bindInputs(loadModel(model, 'duckdb'), { [TRADES]: rows })
  return [
    `create schema if not exists ${schema}`,
    `create or replace view ${schema}.${quoteIdentifier(name)} as ${select}`,
  ]
}
