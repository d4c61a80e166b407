import { defineCommand, type GlobalArgs, openContext } from './globals.js'
import { stageOption } from './tableFlags.js'

interface DropArgs extends GlobalArgs {
  name: string
  yes?: boolean
  stage?: string
}

export const tablesDropCommand = defineCommand<DropArgs>({
  command: 'drop <name>',
  describe: 'remove one with all its files and earlier states, for good',
  builder: yargs =>
    yargs
      .positional('name', { type: 'string', demandOption: true, describe: 'its name' })
      .option('yes', { type: 'boolean', describe: 'without asking' })
      .options(stageOption)
      .example('$0 tables drop sales_history --stage test', ''),
  handler: async args => {
    const { runDrop } = await import('./tablesDropRun.js')
    await runDrop(args.name, args, await openContext(args))
  },
})
