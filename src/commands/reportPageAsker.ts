import type { Params, Row } from '../engine/engine.js'
import type { Names } from '../snapshot/redaction.js'
import { formatReport, loadReport, type Report } from '../snapshot/report.js'
import type { Context } from './globals.js'
import type { LakeSession } from './lakeSession.js'
import { knownParams } from './reportScreens.js'

interface PageAnswer {
  readonly report: Report
  /** As they come. */
  readonly rows: AsyncIterable<Row>
  /** As it is shown. */
  readonly sql: string
}

/** Asks reports for the page of a connector. */
export interface PageAsker {
  ask(name: string, params?: Params): Promise<PageAnswer>
}

/** Asks shipped reports over the views that the engine knows; a person's own of one name has other columns. */
export function createPageAsker(
  connector: string,
  names: Names,
  { config, now }: Pick<Context, 'config' | 'now'>,
  { engine }: LakeSession,
): PageAsker {
  const declared = config.connectors.filter(({ name }) => name === connector)
  const paramsFor = (name: string): Params => ({
    ...knownParams({ config: { ...config, connectors: declared.map(each => ({ ...each, name })) }, now }),
    connector: name,
  })
  return {
    async ask(name, params = {}) {
      const report = loadReport(name, { ...paramsFor(connector), ...params })
      const { rows } = await engine.query(report.model.sql, report.params)
      return {
        report,
        rows,
        sql: formatReport(loadReport(name, { ...paramsFor(names.connector(connector)), ...params })),
      }
    },
  }
}

/** Of reports that have few rows. */
export async function allRows<R>(rows: AsyncIterable<Row>): Promise<R[]> {
  const all: R[] = []
  for await (const row of rows) all.push(row as R) // the columns of the model
  return all
}
