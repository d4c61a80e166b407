import { formatCollectionReport, withCollectionReport } from '../collections/collectionReport.js'
import { listCollections, pickCollection } from '../lake/lakeCollections.js'
import { escapeLines } from '../output/log.js'
import { writeText } from '../output/textWriter.js'
import { fillParams, getNamedReport } from '../snapshot/namedReports.js'
import { priceLines } from '../snapshot/reportNotices.js'
import { describe, sourceText } from './collectionScreens.js'
import type { Context } from './globals.js'
import { withLake } from './lakeSession.js'
import { knownParams, writeForPeople } from './reportScreens.js'
import { isForPeople } from './shown.js'

interface ReportOfCollection {
  readonly name: string
  /** Its name or GUID. */
  readonly collection: string
  readonly param?: readonly string[]
  readonly sql?: boolean
}

/**
 * Runs a report of a collection's files and writes its rows; or its SQL. It reads what the lake knows of them: where that comes
 * from, and how old it is, is told.
 * @throws {NotFoundError} for a report or a collection that isn't there
 * @throws {UsageError} for a report that can't be of a collection
 */
export async function showOfCollection(options: ReportOfCollection, context: Context): Promise<void> {
  const named = await getNamedReport(options.name, context.config.folder)
  const given = options.param ?? []
  fillParams(named, given, {})
  await withLake(context, async session => {
    const all = await listCollections(session.store)
    const collection = pickCollection(all, options.collection)
    const report = fillParams(named, given, { ...knownParams(context), connector: collection.connector })
    if (options.sql) return writeText(context.stdout, [formatCollectionReport(named, report, collection)])
    const isTold = isForPeople(context.format)
    const [described] = isTold ? await describe([collection], all, session, context) : []
    await withCollectionReport(named, report, collection, session, async answer => {
      if (!isTold) return context.write(answer.rows, answer.columns)
      const of = `${collection.name}, ${collection.connector} ${collection.folder}`.trim()
      if (described) context.log.notice(escapeLines(`${of}: ${sourceText(described, context.now())}; 0 LIST requests`))
      const { warning } = described?.fileInfo ?? { warning: null }
      if (warning !== null) context.log.warn(escapeLines(warning))
      const count = await writeForPeople(named, answer, collection.connector, context)
      if (count === 0) context.log.notice(report.model.shownAs.none ?? 'no rows')
      for (const line of priceLines(report, context.config.prices)) context.log.notice(line)
    })
  })
}
