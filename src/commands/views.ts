import { defineCommand, type GlobalArgs, openContext } from './globals.js'

interface ViewsArgs extends GlobalArgs {
  dialect: 'duckdb' | 'athena'
}

export const viewsCommand = defineCommand<ViewsArgs>({
  command: 'views',
  describe: "print the SQL that makes the lake's views in another engine",
  builder: yargs =>
    yargs
      .option('dialect', {
        choices: ['duckdb', 'athena'] as const,
        default: 'duckdb' as const,
        describe: 'whose SQL',
      })
      .example('$0 views --dialect athena', ''),
  handler: async args => {
    const { printViews } = await import('./viewsRun.js')
    await printViews(args.dialect, await openContext(args))
  },
})
