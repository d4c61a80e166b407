import { defineCommand, type GlobalArgs, openContext } from './globals.js'
import { stageOption } from './tableFlags.js'

interface VerifyArgs extends GlobalArgs {
  name?: string
  queries?: number
  stage?: string
}

export const tablesVerifyCommand = defineCommand<VerifyArgs>({
  command: 'verify [name]',
  describe: 'check that they are there as declared, that their rows are, and that queries answer; say what they cost',
  builder: yargs =>
    yargs
      .positional('name', { type: 'string', describe: 'one of them; without it all' })
      .option('queries', {
        type: 'number',
        describe: 'how many in a month, for the cost (default: tables.queries_per_month)',
      })
      .options(stageOption)
      .example('$0 tables verify sales_history', ''),
  handler: async args => {
    const { runVerify } = await import('./tablesVerifyRun.js')
    await runVerify(args.name, args, await openContext(args))
  },
})
