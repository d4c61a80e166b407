import { defineCommand, type GlobalArgs, openContext } from './globals.js'
import { stageOption } from './tableFlags.js'

interface TablesQueryArgs extends GlobalArgs {
  name?: string
  table?: string
  param?: string[]
  asOf?: string
  sql?: boolean
  list?: boolean
  stage?: string
}

export const tablesQueryCommand = defineCommand<TablesQueryArgs>({
  command: 'query [name]',
  describe: 'answer a question to one by its name; without one, list them',
  builder: yargs =>
    yargs
      .positional('name', { type: 'string', describe: 'the query; --list shows them' })
      .option('list', { type: 'boolean', describe: 'list the queries there are' })
      .option('table', { type: 'string', describe: 'of this table alone' })
      .option('param', { type: 'string', array: true, nargs: 1, describe: 'name=value, for a parameter of the query' })
      .option('as-of', {
        type: 'string',
        describe: 'the table as it was: a time, a date for its end, or a snapshot of `tables history`',
      })
      .option('sql', { type: 'boolean', describe: 'print the SQL and run nothing' })
      .options(stageOption)
      .example('$0 tables query monthly_trend --param from_year=2025', ''),
  handler: async args => {
    const { listQueries, showQuery } = await import('./tablesQueryRun.js')
    const context = await openContext(args)
    if (args.name === undefined || args.list) await listQueries(args, context)
    else await showQuery({ ...args, name: args.name }, context)
  },
})
