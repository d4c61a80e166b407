import { defineCommand, type GlobalArgs, openContext } from './globals.js'

interface IngestArgs extends GlobalArgs {
  name: string
  stdin?: boolean
}

export const streamsIngestCommand = defineCommand<IngestArgs>({
  command: 'ingest <name>',
  describe: 'receive the records of a stream, until it is stopped',
  builder: yargs =>
    yargs
      .positional('name', { type: 'string', demandOption: true, describe: 'its name in the configuration' })
      .option('stdin', { type: 'boolean', describe: 'lines of standard input, to its end, and no WebSocket' })
      .example('$0 streams ingest coinbase', '')
      .example('tail -f log.ndjson | $0 streams ingest log --stdin', ''),
  handler: async args => {
    const { ingestHere } = await import('./streamsIngestRun.js')
    await ingestHere(args, await openContext(args))
  },
})
