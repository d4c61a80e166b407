import { defineCommand, type GlobalArgs, openContext, withCommands } from './globals.js'

interface CopyArgs extends GlobalArgs {
  destination: string
  stream?: string[]
  match?: string
  move?: boolean
}

const copyCommand = defineCommand<CopyArgs>({
  command: 'copy <destination>',
  describe: "copy streams' segments and Parquet files to another store",
  builder: yargs =>
    yargs
      .positional('destination', { type: 'string', demandOption: true, describe: 'a folder, or s3://bucket/prefix' })
      .option('stream', { type: 'string', array: true, nargs: 1, describe: 'only this stream; may be given again' })
      .option('match', { type: 'string', describe: "only files whose name is like it: 'segment_20260120T*'" })
      .option('move', { type: 'boolean', describe: 'remove segments here once they are there; Parquet files stay' })
      .example("$0 lake copy ./vault --match '*.parquet'", '')
      .example('$0 lake copy s3://bucket/vault --stream coinbase --move', ''),
  handler: async args => {
    const { copyLake } = await import('./lakeCopy.js')
    await copyLake(args, await openContext(args))
  },
})

export const lakeCommand = defineCommand({
  command: 'lake',
  describe: "copy streams' files to another place",
  builder: yargs => withCommands(yargs, 'lake', [copyCommand]),
  handler: () => {},
})
