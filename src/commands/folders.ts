import type { Format } from '../output/format.js'
import { openWithConnectors } from './connectorContext.js'
import { defineCommand, type GlobalArgs } from './globals.js'

interface FoldersArgs extends Omit<GlobalArgs, 'format'> {
  format?: Format | 'ncdu'
  connector: string
  path: string
  depth: number
  sort: 'bytes' | 'objects' | 'modified' | 'path'
  at?: string
  sql?: boolean
}

/** Beside those of every command. */
const MORE_FORMATS: readonly FoldersArgs['format'][] = ['ncdu']

export const foldersCommand = defineCommand<FoldersArgs>({
  command: 'folders <connector> [path]',
  describe: 'the folders of a snapshot: what is in each of them, and what changed',
  builder: yargs =>
    yargs
      .positional('connector', { type: 'string', demandOption: true, describe: 'its name or GUID' })
      .positional('path', { type: 'string', default: '', defaultDescription: 'the root', describe: 'the folder above' })
      .option('depth', { type: 'number', default: 1, describe: 'how many levels below' })
      .option('sort', {
        choices: ['bytes', 'objects', 'modified', 'path'] as const,
        default: 'bytes' as const,
        describe: 'by what',
      })
      .option('at', { type: 'string', describe: 'the snapshot, or its date (default: the newest)' })
      .option('format', {
        choices: MORE_FORMATS,
        describe: 'how rows are written; ncdu: every object below, for ncdu -f',
      })
      .option('sql', { type: 'boolean', describe: 'print the SQL and run nothing' })
      .example('$0 folders photos 2022/ --depth 2 --sort objects', '')
      .example('$0 folders photos --format ncdu | ncdu -f -', ''),
  handler: async args => {
    const { format, ...others } = args
    if (format === 'ncdu') {
      const { exportNcdu } = await import('./ncduExport.js')
      return exportNcdu(args, await openWithConnectors(others, args.connector))
    }
    const { showFolders } = await import('./listings.js')
    await showFolders(args, await openWithConnectors({ ...others, format }, args.connector))
  },
})
