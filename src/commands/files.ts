import { openWithConnectors } from './connectorContext.js'
import { defineCommand, type GlobalArgs } from './globals.js'

interface FilesArgs extends GlobalArgs {
  connector: string
  path: string
  recursive?: boolean
  versions?: boolean
  at?: string
  sql?: boolean
}

export const filesCommand = defineCommand<FilesArgs>({
  command: 'files <connector> [path]',
  describe: 'the objects directly in a folder, in key order',
  builder: yargs =>
    yargs
      .positional('connector', { type: 'string', demandOption: true, describe: 'its name or GUID' })
      .positional('path', {
        type: 'string',
        default: '',
        defaultDescription: 'the root',
        describe: 'a folder, or the start of keys',
      })
      .option('recursive', { type: 'boolean', alias: 'r', describe: 'also those in folders below' })
      .option('versions', { type: 'boolean', describe: 'also old versions and delete markers' })
      .option('at', { type: 'string', describe: 'the snapshot, or its date (default: the newest)' })
      .option('sql', { type: 'boolean', describe: 'print the SQL and run nothing' })
      .example('$0 files photos 2022/Köln/', '')
      .example('$0 files photos --at 2026-01-20 --recursive --format csv > files.csv', ''),
  handler: async args => {
    const { showFiles } = await import('./listings.js')
    await showFiles(args, await openWithConnectors(args, args.connector))
  },
})
