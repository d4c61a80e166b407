import { defineCommand, type GlobalArgs, openContext } from './globals.js'
import { stageOption } from './tableFlags.js'

interface RollbackArgs extends GlobalArgs {
  name: string
  to: string
  yes?: boolean
  dryRun?: boolean
  stage?: string
}

export const tablesRollbackCommand = defineCommand<RollbackArgs>({
  command: 'rollback <name>',
  describe: 'set the rows of one back to those of an earlier state, or forward again; no file goes',
  builder: yargs =>
    yargs
      .positional('name', { type: 'string', demandOption: true, describe: 'its name' })
      .option('to', {
        type: 'string',
        demandOption: true,
        describe:
          'a snapshot of `tables history`, a time, a date for its end, or previous: before the last change of rows',
      })
      .option('yes', { type: 'boolean', describe: 'without asking' })
      .option('dry-run', { type: 'boolean', describe: 'only show what would go; write nothing' })
      .options(stageOption)
      .example('$0 tables rollback sales_history --to previous', ''),
  handler: async args => {
    const { runRollback } = await import('./tablesRollbackRun.js')
    await runRollback(args.name, args, await openContext(args))
  },
})
