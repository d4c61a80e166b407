import { defineCommand, type GlobalArgs, openContext } from './globals.js'

interface ReplayArgs extends GlobalArgs {
  port: number
  trades: number
  rate: number
  stdout?: boolean
}

export const streamsReplayCommand = defineCommand<ReplayArgs>({
  command: 'replay',
  describe: 'a made-up exchange on this machine, to try streams with: the same trades each time',
  builder: yargs =>
    yargs
      .option('port', { type: 'number', default: 8061, describe: 'where it listens, on 127.0.0.1' })
      .option('trades', { type: 'number', default: 10_000, describe: 'how many there are' })
      .option('rate', { type: 'number', default: 500, describe: 'trades a second' })
      .option('stdout', { type: 'boolean', describe: 'write its messages, a line each, and serve nothing' })
      .example('$0 streams replay', '')
      .example('$0 streams replay --stdout | $0 streams ingest coinbase --stdin', ''),
  handler: async args => {
    const { replayHere } = await import('./streamsReplayRun.js')
    await replayHere(args, await openContext(args))
  },
})
