import { defineCommand, type GlobalArgs, openContext } from './globals.js'

interface StatusArgs extends GlobalArgs {
  name?: string
  failOn?: 'late'
}

export const streamsStatusCommand = defineCommand<StatusArgs>({
  command: 'status [name]',
  describe: 'how streams go: their last record, what waits, gaps, rows',
  builder: yargs =>
    yargs
      .positional('name', { type: 'string', describe: 'its name (default: all)' })
      .option('fail-on', {
        choices: ['late'] as const,
        describe: 'exit with 5 where a last record is older than its stream allows',
      })
      .example('$0 streams status', '')
      .example('$0 streams status coinbase --fail-on late', ''),
  handler: async args => {
    const { showStreams } = await import('./streamsStatusRun.js')
    await showStreams(args, await openContext(args))
  },
})
