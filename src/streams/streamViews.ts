import type { Stream } from '../config/stream.js'
import type { NamedView } from '../engine/namedView.js'
import { NotFoundError } from '../errors.js'
import { findAsOf } from '../iceberg/ancestry.js'
import type { Catalog } from '../iceberg/catalog.js'
import type { Snapshot, TableMetadata } from '../iceberg/metadata.js'
import { bindInputs, loadModel } from '../models/model.js'
import type { MoreViews } from '../snapshot/moreViews.js'
import { formatShown, loadShown, type ShownTable, type ShownTableEffects } from '../tables/shownTables.js'
import { isNamedIn } from '../tables/tableViews.js'
import { EVENTS, streamTableName } from './streamTables.js'

/** Bars of prices, each a model of `sql/streams`, and a view beside the table that it reads. */
const BARS = ['bars_1m', 'bars_1h'] as const
const TRADES = 'market_trades'

/** A view of a stream's database: of a table, or of what a model makes of one. */
interface StreamView {
  /** Which it is of. */
  readonly stream: string
  readonly database: string
  readonly name: string
  /** Of the table that it reads. */
  readonly channel: string
  readonly model?: string
}

/**
 * Streams' tables as views, `database.channel`; and of trades, bars of a minute and of an hour. Of those without a table yet
 * there is none.
 */
export function streamViews(streams: readonly Stream[], effects: ShownTableEffects): MoreViews {
  const views = streams.flatMap(listViews)
  return {
    names: views.map(nameOf),
    find: sql => views.filter(({ database, name }) => isNamedIn(sql, [database]) && isNamedIn(sql, [name])).map(nameOf),
    async list() {
      const there: string[] = []
      for (const view of views) if (await effects.catalog.load(tableOf(view))) there.push(nameOf(view))
      return there
    },
    load: (names, options) =>
      loadShown(views.filter(view => names.includes(nameOf(view))).map(asShown), options, effects),
  }
}

/** The statements that make the views in a DuckDB with its iceberg extension; of tables that have rows, which it wants. */
export const formatStreamViews = (
  streams: readonly Stream[],
  place: string,
  catalog: Pick<Catalog, 'load'>,
): Promise<string[]> => formatShown(streams.flatMap(listViews).map(asShown), place, catalog)

const asShown = (view: StreamView): ShownTable => ({
  name: nameOf(view),
  table: tableOf(view),
  absence: `${tableOf(view)} is not made yet: stocktake streams etl ${view.stream} makes it`,
  findAsOf: (metadata, at) => getAsOf(tableOf(view), metadata, at),
  views: rows => [toNamed(view, rows)],
})

function listViews({ name: stream, database, channels, source }: Stream): StreamView[] {
  const tables = [...new Set([...channels, EVENTS])].map(channel => ({ stream, database, name: channel, channel }))
  if (source !== 'coinbase' || !channels.includes(TRADES)) return tables
  return [...tables, ...BARS.map(name => ({ stream, database, name, channel: TRADES, model: `streams/${name}` }))]
}

const nameOf = ({ database, name }: StreamView): string => `${database}.${name}`
const tableOf = ({ database, channel }: StreamView): string => streamTableName({ database }, channel)

function getAsOf(table: string, metadata: TableMetadata, at: Date): Snapshot {
  const found = findAsOf(metadata, at)
  if (found) return found
  throw new NotFoundError({
    subject: `table ${table}`,
    expected: `a state of ${at.toISOString()}`,
    got: 'none: the table had no rows yet, or it has expired',
  })
}

function toNamed({ database: schema, name, model }: StreamView, rows: string): NamedView {
  const select = model === undefined ? rows : bindInputs(loadModel(model, 'duckdb'), { [TRADES]: rows })
  return { schema, name, select }
}
