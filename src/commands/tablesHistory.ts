import { defineCommand, type GlobalArgs, openContext } from './globals.js'
import { stageOption } from './tableFlags.js'

interface HistoryArgs extends GlobalArgs {
  name: string
  stage?: string
}

export const tablesHistoryCommand = defineCommand<HistoryArgs>({
  command: 'history <name>',
  describe: 'the states of one that are still there, newest first',
  builder: yargs =>
    yargs
      .positional('name', { type: 'string', demandOption: true, describe: 'its name' })
      .options(stageOption)
      .example('$0 tables history sales_history', ''),
  handler: async args => {
    const { showHistory } = await import('./tablesHistoryRun.js')
    await showHistory(args.name, args, await openContext(args))
  },
})
