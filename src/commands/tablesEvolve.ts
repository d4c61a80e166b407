import { defineCommand, type GlobalArgs, openContext } from './globals.js'
import { stageOption } from './tableFlags.js'

interface EvolveArgs extends GlobalArgs {
  name: string
  add?: string[]
  rename?: string[]
  drop?: string[]
  widen?: string[]
  relax?: string[]
  comment?: string[]
  partition?: string
  yes?: boolean
  dryRun?: boolean
  stage?: string
}

const repeated = (describe: string) => ({ type: 'string', array: true, nargs: 1, describe }) as const

export const tablesEvolveCommand = defineCommand<EvolveArgs>({
  command: 'evolve <name>',
  describe: 'change the columns and partitions of one, all in one commit; its files stay as they are',
  builder: yargs =>
    yargs
      .positional('name', { type: 'string', demandOption: true, describe: 'its name' })
      .option('add', repeated("'NAME TYPE': a column, NULL in the rows that are there"))
      .option('rename', repeated('OLD=NEW'))
      .option('drop', repeated('a column; what it holds can be seen in earlier states only'))
      .option('widen', repeated("'NAME=TYPE': long for an int, double for a float, a decimal of more digits"))
      .option('relax', repeated('a required column that may be NULL from now on'))
      .option('comment', repeated("'NAME=TEXT': what a column is"))
      .option('partition', {
        type: 'string',
        describe: "what files to come are parted by: 'tenant_id,month(sold_date),bucket(16,product_id)', or none",
      })
      .option('yes', { type: 'boolean', describe: 'drop columns without asking' })
      .option('dry-run', { type: 'boolean', describe: 'only show what would change; write nothing' })
      .options(stageOption)
      .example("$0 tables evolve sales_history --add 'color string' --comment 'color=of the item'", '')
      .example('$0 tables evolve sales_history --partition tenant_id,year,month', ''),
  handler: async args => {
    const { runEvolve } = await import('./tablesEvolveRun.js')
    await runEvolve(args.name, args, await openContext(args))
  },
})
