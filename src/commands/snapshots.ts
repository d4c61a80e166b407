import { openWithConnectors } from './connectorContext.js'
import { defineCommand, type GlobalArgs } from './globals.js'

interface SnapshotsArgs extends GlobalArgs {
  connector?: string
  sql?: boolean
}

export const snapshotsCommand = defineCommand<SnapshotsArgs>({
  command: 'snapshots [connector]',
  describe: 'the snapshots there are, newest first, and how fresh they are',
  builder: yargs =>
    yargs
      .positional('connector', { type: 'string', describe: 'its name or GUID (default: all)' })
      .option('sql', { type: 'boolean', describe: 'print the SQL and run nothing' })
      .example('$0 snapshots photos', ''),
  handler: async args => {
    const { showSnapshots } = await import('./snapshotList.js')
    await showSnapshots(args, await openWithConnectors(args, args.connector))
  },
})
