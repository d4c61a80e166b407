import { defineCommand, type GlobalArgs, openContext } from './globals.js'
import { stageOption } from './tableFlags.js'

interface LoadSampleArgs extends GlobalArgs {
  name: string
  rows: number
  seed: number
  until?: string
  again?: boolean
  stage?: string
}

export const tablesLoadSampleCommand = defineCommand<LoadSampleArgs>({
  command: 'load-sample <name>',
  describe: 'put made-up rows into one; the same options give the same rows, once',
  builder: yargs =>
    yargs
      .positional('name', { type: 'string', demandOption: true, describe: 'its name' })
      .option('rows', { type: 'number', default: 10_000, describe: 'how many: 1,000 to 100,000' })
      .option('seed', { type: 'number', default: 1, describe: 'another number gives other rows' })
      .option('until', { type: 'string', describe: 'the day before which all of it happened (default: today, UTC)' })
      .option('again', { type: 'boolean', describe: 'once more, even if they are in' })
      .options(stageOption)
      .example('$0 tables load-sample sales_history --rows 100000 --until 2026-01-20', ''),
  handler: async args => {
    const { runLoadSample } = await import('./tablesLoadSampleRun.js')
    await runLoadSample(args.name, args, await openContext(args))
  },
})
