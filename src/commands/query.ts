import { defineCommand, type GlobalArgs, openContext } from './globals.js'

interface QueryArgs extends GlobalArgs {
  sql?: string
  file?: string
  report?: string
}

export const queryCommand = defineCommand<QueryArgs>({
  command: 'query [sql]',
  describe: "run one SELECT over the lake's views, in DuckDB's SQL",
  builder: yargs =>
    yargs
      .positional('sql', { type: 'string', describe: 'the statement; see also `stocktake views`' })
      .option('file', { type: 'string', alias: 'f', describe: 'a file that holds the statement' })
      .option('report', {
        type: 'string',
        describe: 'CONNECTOR or CONNECTOR@2026-01-20T01-00Z: its report as the table `report`, read where it is',
      })
      .example('$0 query "select storage_class, count(*) from objects_latest group by 1"', '')
      .example('$0 query --report photos "select count(*), sum(size) from report"', ''),
  handler: async args => {
    const [{ readStatement }, { runQuery, runReportQuery }] = await Promise.all([
      import('./statement.js'),
      import('./queryRun.js'),
    ])
    const context = await openContext(args)
    const sql = await readStatement(args, context)
    if (args.report === undefined) await runQuery(sql, context)
    else await runReportQuery(sql, args.report, context)
  },
})
