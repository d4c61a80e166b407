import { defineCommand, type GlobalArgs, openContext } from './globals.js'

interface MaintainArgs extends GlobalArgs {
  dryRun?: boolean
  relocate?: boolean
}

export const maintainCommand = defineCommand<MaintainArgs>({
  command: 'maintain',
  describe: 'keep the lake small and quick: drop old snapshots, merge files, remove what nobody needs',
  builder: yargs =>
    yargs
      .option('dry-run', { type: 'boolean', describe: 'only show what would be done; write nothing' })
      .option('relocate', { type: 'boolean', hidden: true })
      .example('$0 maintain --dry-run --verbose', 'also names each snapshot that would go'),
  handler: async args => {
    const { runMaintain } = await import('./maintainRun.js')
    await runMaintain(args, await openContext(args))
  },
})
