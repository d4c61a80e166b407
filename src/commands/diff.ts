import { openWithConnectors, openWithReachedConnectors } from './connectorContext.js'
import { type EngineArgs, engineOptions, remoteKind } from './engineFlag.js'
import { defineCommand, type GlobalArgs } from './globals.js'

interface DiffArgs extends GlobalArgs, EngineArgs {
  connector: string
  from?: string
  to?: string
  by?: 'file' | 'folder'
  depth?: number
  summary?: boolean
  moves?: boolean
  prefix?: string
  failOn?: string[]
  sql?: boolean
}

export const diffCommand = defineCommand<DiffArgs>({
  command: 'diff <connector> [from] [to]',
  describe: 'what differs between two snapshots of a bucket, or between two buckets',
  builder: yargs =>
    yargs
      .positional('connector', { type: 'string', demandOption: true, describe: 'its name or GUID' })
      .positional('from', {
        type: 'string',
        describe: 'a snapshot, its date, or latest~1 (default: the one before); or another connector',
      })
      .positional('to', { type: 'string', describe: 'a snapshot, its date, or latest (the default)' })
      .option('by', {
        choices: ['file', 'folder'] as const,
        describe: 'each key, or added up for folders (default: file)',
      })
      .option('depth', { type: 'number', describe: 'how many levels of folders (default: 1)' })
      .option('summary', { type: 'boolean', describe: 'added up' })
      .option('moves', { type: 'boolean', describe: 'what was deleted and came again under another key' })
      .option('prefix', { type: 'string', describe: 'only keys that start with it' })
      .option('fail-on', {
        type: 'string',
        array: true,
        nargs: 1,
        describe: "exit code 5 if it is so: 'deleted>1000', 'modified>=1%'; may be repeated",
      })
      .option('sql', { type: 'boolean', describe: 'print the SQL and run nothing' })
      .options(engineOptions)
      .example('$0 diff photos --by folder --depth 2', '')
      .example('$0 diff photos 2026-01-13 2026-01-20', '')
      .example('$0 diff photos photos-copy --summary', ''),
  handler: async args => {
    const { showDiff } = await import('./diffScreens.js')
    if (remoteKind(args) !== undefined) return showDiff(args, await openWithReachedConnectors(args))
    await showDiff(args, await openWithConnectors(args, args.from === undefined ? args.connector : undefined))
  },
})
