import { defineCommand, type GlobalArgs, openContext } from './globals.js'

interface EtlArgs extends GlobalArgs {
  name: string
  once?: boolean
}

export const streamsEtlCommand = defineCommand<EtlArgs>({
  command: 'etl <name>',
  describe: 'make Parquet and table rows of the segments that wait, each once; several may share the work',
  builder: yargs =>
    yargs
      .positional('name', { type: 'string', demandOption: true, describe: 'its name' })
      .option('once', { type: 'boolean', describe: 'do those that wait now, and end; else it watches for more' })
      .example('$0 streams etl coinbase', '')
      .example('$0 streams etl coinbase --once', ''),
  handler: async args => {
    const { runStreamsEtl } = await import('./streamsEtlRun.js')
    await runStreamsEtl(args.name, args, await openContext(args))
  },
})
