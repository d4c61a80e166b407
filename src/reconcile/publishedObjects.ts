import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Params } from '../engine/engine.js'
import type { RemoteResult } from '../engine/remoteEngine.js'
import { landRows } from '../engine/remoteRows.js'
import { quoteIdentifier } from '../engine/sqlText.js'
import { NotFoundError } from '../errors.js'
import { formatTrinoLiteral, renderTrino } from '../models/trinoDialect.js'
import { startsWithAny } from '../snapshot/currentSources.js'
import type { Receipt } from '../snapshot/receipts.js'
import { OBJECTS, SNAPSHOTS } from '../snapshot/tables.js'
import type { VouchedLake } from '../snapshot/vouched.js'
import type { CompanionRow } from './companionRows.js'
import { sourcesOf } from './looks.js'
import { loadNested } from './reconcileModel.js'
import { copyRows, type StagePlace } from './stagedRows.js'

/** What is asked of a connector's objects: a model of `sql/reconcile`, and what it reads beside them. */
export interface ObjectsQuestion {
  readonly name: 'found_groups' | 'absent_companions'
  readonly connector: string
  readonly params: Params
  readonly companions?: readonly CompanionRow[]
}

/** Asks what is there. @returns a SELECT of the answer's rows, which are in a file */
export type AskObjects = (question: ObjectsQuestion, lake: VouchedLake, place: StagePlace) => Promise<string>

/**
 * Asks an engine elsewhere, which reads the rows that the lake's receipts vouch for and no others: its answer is the one
 * that DuckDB would give.
 * @throws {NotFoundError} where it doesn't know of a snapshot yet: what is there would look missing
 */
export function askPublishedObjects(ask: (sql: string) => Promise<RemoteResult>): AskObjects {
  const checked = new Set<string>()
  return async ({ name, connector, params, companions }, { receipts }, place) => {
    const sources = sourcesOf(connector, receipts)
    const ids = sources.map(({ receipt }) => receipt)
    await requirePublished(
      ids.filter(({ import_id }) => !checked.has(import_id)),
      ask,
    )
    for (const { import_id } of ids) checked.add(import_id)
    const inputs = {
      objects_current: selectPublished(sources),
      ...(companions && { companions: companions.map(selectCompanion).join(' union all ') }),
    }
    const sql = renderTrino(loadNested(name, new Set(Object.keys(inputs)), 'trino'), params, inputs)
    const folder = await mkdtemp(join(place.folder, `${place.name}-`))
    return copyRows(await landRows(await ask(sql), folder), place)
  }
}

const text = (value: string): string => formatTrinoLiteral('VARCHAR', value, 'a name')

/** Receipts are published after the rows that they vouch for. */
async function requirePublished(
  receipts: readonly Receipt[],
  ask: (sql: string) => Promise<RemoteResult>,
): Promise<void> {
  if (receipts.length === 0) return
  const ids = receipts.map(({ import_id }) => text(import_id)).join(', ')
  const known = new Set<unknown>()
  const { rows } = await ask(`select import_id from ${quoteIdentifier(SNAPSHOTS.name)} where import_id in (${ids})`)
  for await (const { import_id } of rows) known.add(import_id)
  const unknown = receipts.find(({ import_id }) => !known.has(import_id))
  if (unknown)
    throw new NotFoundError({
      subject: `${unknown.connector} ${unknown.snapshot}`,
      got: 'not published yet',
      fix: 'run `stocktake publish`, and this again with --use-cache',
    })
}

/** The rows of each source in a SELECT of its own, so that conditions on keys reach the files of each. */
const selectPublished = (sources: ReturnType<typeof sourcesOf>): string =>
  [`select * from ${quoteIdentifier(OBJECTS.name)} where false`, ...sources.map(selectSource)].join('\nunion all\n')

function selectSource({ receipt, except }: ReturnType<typeof sourcesOf>[number]): string {
  const { connector, dt, import_id } = receipt
  const rows = `select * from ${quoteIdentifier(OBJECTS.name)} where connector = ${text(connector)}
    and dt = ${formatTrinoLiteral('DATE', dt, 'dt')} and import_id = ${text(import_id)}`
  return except.length === 0 ? rows : `${rows} and not (${startsWithAny(except)})`
}

const selectCompanion = ({ head, placeholder, tail }: CompanionRow): string =>
  `select ${text(head)} as head, ${text(placeholder)} as placeholder, ${text(tail)} as tail`
