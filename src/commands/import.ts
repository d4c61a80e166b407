import { openWithConnectors } from './connectorContext.js'
import { type EngineArgs, engineOptions } from './engineFlag.js'
import { defineCommand, type GlobalArgs } from './globals.js'

interface ImportArgs extends GlobalArgs, EngineArgs {
  connector: string
  manifest?: string
  at?: string
  all?: boolean
  again?: boolean
  queue?: boolean
}

export const importCommand = defineCommand<ImportArgs>({
  command: 'import <connector>',
  describe: 'make a snapshot of the newest inventory report',
  builder: yargs =>
    yargs
      .positional('connector', { type: 'string', demandOption: true, describe: 'its name or GUID' })
      .option('manifest', {
        type: 'string',
        describe: 'the report of this manifest: its key in the destination bucket',
      })
      .option('at', { type: 'string', describe: 'the report of this time: 2026-01-20T01-00Z' })
      .option('all', { type: 'boolean', describe: 'every report there is, oldest first' })
      .option('again', { type: 'boolean', describe: 'once more, even if it has been imported' })
      .options({
        ...engineOptions,
        engine: {
          ...engineOptions.engine,
          describe:
            'what reads and writes the rows (default: duckdb, in this process); others where the catalog is glue',
        },
      })
      .option('queue', { type: 'boolean', describe: 'leave it to an agent' })
      .conflicts('queue', 'max-scan')
      .conflicts('all', ['at', 'manifest'])
      .conflicts('at', 'manifest')
      .example('$0 import photos', '')
      .example('$0 import photos --all', '')
      .example('$0 import photos --at 2026-01-20T01-00Z --again', ''),
  handler: async args => {
    const context = await openWithConnectors(args, args.connector)
    if (args.queue) {
      const { queueImport } = await import('./queueJob.js')
      return queueImport(args.connector, args, context)
    }
    const { runImports } = await import('./importRun.js')
    await runImports(args.connector, args, context)
  },
})
