import { openWithConnectors } from './connectorContext.js'
import { defineCommand, type GlobalArgs } from './globals.js'

interface ScanArgs extends GlobalArgs {
  connector: string
  full?: boolean
  sample?: number
  prefix?: string
  queue?: boolean
}

export const scanCommand = defineCommand<ScanArgs>({
  command: 'scan <connector>',
  describe: 'make a snapshot by listing the bucket',
  builder: yargs =>
    yargs
      .positional('connector', { type: 'string', demandOption: true, describe: 'its name or GUID' })
      .option('full', { type: 'boolean', describe: 'all objects' })
      .option('sample', { type: 'number', describe: 'a share of the objects: 0.1 for a tenth' })
      .option('prefix', { type: 'string', describe: 'only keys that start so' })
      .option('queue', { type: 'boolean', describe: 'leave it to an agent' })
      .conflicts('full', 'sample')
      .example('$0 scan photos --sample 0.1', '')
      .example('$0 scan photos --prefix 2022/', ''),
  handler: async args => {
    const context = await openWithConnectors(args, args.connector)
    if (args.queue) {
      const { queueScan } = await import('./queueJob.js')
      return queueScan(args.connector, args, context)
    }
    const { runScan } = await import('./scanRun.js')
    await runScan(args.connector, args, context)
  },
})
