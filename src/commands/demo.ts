import { defineCommand, type GlobalArgs, openContext } from './globals.js'

interface DemoArgs extends GlobalArgs {
  dir: string
}

export const demoCommand = defineCommand<DemoArgs>({
  command: 'demo [dir]',
  describe: 'make a bucket up with two daily reports, import them, and show what can be asked; offline',
  builder: yargs =>
    yargs
      .positional('dir', { type: 'string', default: './stocktake-demo', describe: 'the folder it is made in' })
      .example('$0 demo', '')
      .example('$0 demo ~/try-stocktake', ''),
  handler: async args => {
    const { runDemo } = await import('./demoRun.js')
    await runDemo(args.dir, args.world, config => openContext({ ...args, config }))
  },
})
