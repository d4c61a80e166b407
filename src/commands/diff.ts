import { defineCommand, type GlobalArgs, openContext } from './globals.js'

interface DiffArgs extends GlobalArgs {
  connector: string
  summary?: boolean
  sql?: boolean
}

export const diffCommand = defineCommand<DiffArgs>({
  command: 'diff <connector>',
  describe: 'what differs between the newest snapshot and the one before',
  builder: yargs =>
    yargs
      .positional('connector', { type: 'string', demandOption: true, describe: 'its name or GUID' })
      .option('summary', { type: 'boolean', describe: 'added up' })
      .option('sql', { type: 'boolean', describe: 'print the SQL and run nothing' }),
  handler: async args => {
    const { showChanges } = await import('./listings.js')
    await showChanges(args, await openContext(args))
  },
})
