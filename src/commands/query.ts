import type { Format } from '../output/format.js'
import { openWithConnectors } from './connectorContext.js'
import { type EngineArgs, engineOptions, remoteKind } from './engineFlag.js'
import { defineCommand, type GlobalArgs, openContext } from './globals.js'

interface QueryArgs extends Omit<GlobalArgs, 'format'>, EngineArgs {
  format?: Format | 's3-batch'
  sql?: string
  file?: string
  report?: string
  asOf?: string
  output?: string
  overwrite?: boolean
}

/** Beside those of every command. */
const MORE_FORMATS: readonly QueryArgs['format'][] = ['s3-batch']

export const queryCommand = defineCommand<QueryArgs>({
  command: 'query [sql]',
  describe: "run one SELECT over the lake's views, in the engine's SQL",
  builder: yargs =>
    yargs
      .positional('sql', { type: 'string', describe: 'the statement; see also `stocktake views`' })
      .option('file', { type: 'string', alias: 'f', describe: 'a file that holds the statement' })
      .option('report', {
        type: 'string',
        describe: 'CONNECTOR or CONNECTOR@2026-01-20T01-00Z: its report as the table `report`, read where it is',
      })
      .option('as-of', {
        type: 'string',
        describe: 'the views hold no snapshot taken later: 2026-01-20T12:00Z, a date for its end, or a snapshot',
      })
      .option('output', {
        type: 'string',
        alias: 'o',
        describe: 'a file to write: .parquet, .csv, .jsonl, .json, .arrow, .arrows, .md, .txt',
      })
      .option('overwrite', { type: 'boolean', describe: 'replace that file where there is one' })
      .options(engineOptions)
      .option('format', {
        choices: MORE_FORMATS,
        describe: 'how rows are written; s3-batch: a manifest for S3 Batch Operations',
      })
      .example('$0 query "select storage_class, count(*) from objects_latest group by 1"', '')
      .example('$0 query --report photos "select count(*), sum(size) from report"', ''),
  handler: async args => {
    const [{ readStatement }, { planTarget }, { runQuery, runReportQuery }] = await Promise.all([
      import('./statement.js'),
      import('./queryTarget.js'),
      import('./queryRun.js'),
    ])
    const kind = remoteKind(args)
    const target = planTarget(args, args.world.cwd)
    const { format, ...others } = args
    const isToStdout = format !== 's3-batch' && target.file === undefined
    const own = { ...others, ...(isToStdout && { format }) }
    const context = await (args.report === undefined || kind !== undefined
      ? openContext(own)
      : openWithConnectors(own, args.report))
    const question = { sql: await readStatement(args, context), target, asOf: args.asOf }
    if (kind !== undefined) {
      const { runRemoteQuery } = await import('./remoteQuery.js')
      await runRemoteQuery(question, args, kind, context)
    } else if (args.report === undefined) await runQuery(question, context)
    else await runReportQuery(question, args.report, context)
  },
})
