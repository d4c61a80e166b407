import { openWithConnectors, openWithReachedConnectors } from './connectorContext.js'
import { type EngineArgs, engineOptions, remoteKind } from './engineFlag.js'
import { defineCommand, type GlobalArgs, openContext } from './globals.js'

interface ReportArgs extends GlobalArgs, EngineArgs {
  name?: string
  connector?: string
  list?: boolean
  collection?: string
  param?: string[]
  sql?: boolean
  html?: string
  redact?: boolean
  overwrite?: boolean
}

export const reportCommand = defineCommand<ReportArgs>({
  command: 'report [name] [connector]',
  describe: 'answer a question by its name; without one, list them',
  builder: yargs =>
    yargs
      .positional('name', { type: 'string', describe: 'the report; --list shows them' })
      .positional('connector', { type: 'string', describe: 'its name or GUID (default: all connectors)' })
      .option('list', { type: 'boolean', describe: 'list the reports there are' })
      .option('collection', { type: 'string', nargs: 1, describe: 'of the files of this one alone: its name or GUID' })
      .option('param', { type: 'string', array: true, nargs: 1, describe: 'name=value, for a parameter of the report' })
      .option('sql', { type: 'boolean', describe: 'print the SQL and run nothing' })
      .option('html', {
        type: 'string',
        nargs: 1,
        describe: 'write a page about [connector] to this file, for any browser',
      })
      .option('redact', { type: 'boolean', describe: 'with names replaced by tokens, to be sent' })
      .option('overwrite', { type: 'boolean', describe: 'replace that file where there is one' })
      .options(engineOptions)
      .implies('redact', 'html')
      .implies('overwrite', 'html')
      .conflicts('collection', ['connector', 'html'])
      .example('$0 report savings photos', '')
      .example('$0 report photo-stats --collection Weddings', '')
      .example('$0 report --html page.html photos', ''),
  handler: async args => {
    const kind = remoteKind(args)
    if (kind !== undefined && !args.list && args.name !== undefined) {
      const { showRemoteReport } = await import('./remoteReport.js')
      return showRemoteReport({ ...args, name: args.name }, kind, await openWithReachedConnectors(args))
    }
    if (args.html !== undefined) {
      const { writeReportPage } = await import('./reportPage.js')
      await writeReportPage(args, await openWithConnectors(args))
      return
    }
    const { name, collection } = args
    if (name !== undefined && collection !== undefined && !args.list) {
      const { showOfCollection } = await import('./reportOfCollection.js')
      return showOfCollection({ ...args, name, collection }, await openWithConnectors(args))
    }
    const { listReports, showReport } = await import('./reportScreens.js')
    if (name === undefined || args.list) await listReports(await openContext(args))
    else await showReport({ ...args, name }, await openWithConnectors(args, args.connector))
  },
})
