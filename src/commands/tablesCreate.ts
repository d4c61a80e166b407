import { defineCommand, type GlobalArgs, openContext } from './globals.js'
import { stageOption } from './tableFlags.js'

interface CreateArgs extends GlobalArgs {
  name?: string
  createBucket?: boolean
  dryRun?: boolean
  stage?: string
}

export const tablesCreateCommand = defineCommand<CreateArgs>({
  command: 'create [name]',
  describe: 'create them as they are declared, or make those that are there so where that can harm nothing',
  builder: yargs =>
    yargs
      .positional('name', { type: 'string', describe: 'one of them; without it all' })
      .option('create-bucket', {
        type: 'boolean',
        describe: "create the lake's bucket where there is none, in aws.region, with public access blocked",
      })
      .option('dry-run', { type: 'boolean', describe: 'only say what would be done; write nothing' })
      .options(stageOption)
      .example('$0 tables create sales_history --stage prod', ''),
  handler: async args => {
    const { runCreate } = await import('./tablesCreateRun.js')
    await runCreate(args.name, args, await openContext(args))
  },
})
