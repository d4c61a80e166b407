import { defineCommand, type GlobalArgs, openContext } from './globals.js'

interface ReportArgs extends GlobalArgs {
  name?: string
  connector?: string
  list?: boolean
  param?: string[]
  sql?: boolean
}

export const reportCommand = defineCommand<ReportArgs>({
  command: 'report [name] [connector]',
  describe: 'answer a question by its name; without one, list them',
  builder: yargs =>
    yargs
      .positional('name', { type: 'string', describe: 'the report; --list shows them' })
      .positional('connector', { type: 'string', describe: 'its name or GUID (default: all connectors)' })
      .option('list', { type: 'boolean', describe: 'list the reports there are' })
      .option('param', { type: 'string', array: true, nargs: 1, describe: 'name=value, for a parameter of the report' })
      .option('sql', { type: 'boolean', describe: 'print the SQL and run nothing' })
      .example('$0 report savings photos', ''),
  handler: async args => {
    const { listReports, showReport } = await import('./reportScreens.js')
    const context = await openContext(args)
    const { name } = args
    await (name === undefined || args.list ? listReports(context) : showReport({ ...args, name }, context))
  },
})
