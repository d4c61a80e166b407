import { defineCommand, type GlobalArgs, openContext } from './globals.js'

interface ShellArgs extends GlobalArgs {
  asOf?: string
  own?: boolean
}

export const shellCommand = defineCommand<ShellArgs>({
  command: 'shell',
  describe: "a prompt for queries over the lake's views: DuckDB's own where it is installed",
  builder: yargs =>
    yargs
      .option('as-of', {
        type: 'string',
        describe: 'the views hold no snapshot taken later: 2026-01-20T12:00Z, a date for its end, or a snapshot',
      })
      .option('own', { type: 'boolean', describe: "Stocktake's own prompt, though DuckDB's command is installed" })
      .example('$0 shell', '')
      .example('$0 shell --format csv < queries.sql', ''),
  handler: async args => {
    const { runShell } = await import('./shellRun.js')
    await runShell(args, await openContext(args))
  },
})
