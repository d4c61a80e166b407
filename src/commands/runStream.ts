import { defineCommand, type GlobalArgs, openContext } from './globals.js'

interface RunStreamArgs extends GlobalArgs {
  what: 'ingest' | 'etl'
  name: string
}

/** For the daemon, which starts it as a child: the work of a stream, which ends when the daemon is gone. */
export const runStreamCommand = defineCommand<RunStreamArgs>({
  command: 'run-stream <what> <name>',
  describe: false,
  builder: yargs =>
    yargs
      .positional('what', { choices: ['ingest', 'etl'] as const, demandOption: true })
      .positional('name', { type: 'string', demandOption: true }),
  handler: async args => {
    const [{ ingestHere }, { runStreamsEtl }] = await Promise.all([
      import('./streamsIngestRun.js'),
      import('./streamsEtlRun.js'),
    ])
    args.world.openChannel?.()
    const context = await openContext(args)
    if (args.what === 'ingest') await ingestHere(args, context)
    else await runStreamsEtl(args.name, {}, context)
  },
})
