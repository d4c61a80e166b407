import { defineCommand, type GlobalArgs, openContext } from './globals.js'

interface UpgradeArgs extends GlobalArgs {
  dryRun?: boolean
}

export const upgradeCommand = defineCommand<UpgradeArgs>({
  command: 'upgrade',
  describe: "tell the lake's format, and whether this version has to change it; none so far has",
  builder: yargs =>
    yargs.option('dry-run', { type: 'boolean', describe: 'only show what would be done; write nothing' }),
  handler: async args => {
    const { showFormat } = await import('./upgradeRun.js')
    await showFormat(await openContext(args))
  },
})
