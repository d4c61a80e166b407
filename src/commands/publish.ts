import { withLakeConnectors } from './connectorContext.js'
import { defineCommand, type GlobalArgs, openContext } from './globals.js'

interface PublishArgs extends GlobalArgs {
  dryRun?: boolean
  replace?: boolean
}

export const publishCommand = defineCommand<PublishArgs>({
  command: 'publish',
  describe: "show the lake in AWS Glue's catalog: tables, views and reports for Athena, Trino and Spark",
  builder: yargs =>
    yargs
      .option('dry-run', { type: 'boolean', describe: 'only tell what differs' })
      .option('replace', {
        type: 'boolean',
        describe: "put the lake's tables over what others have committed to them by Glue, which is lost then",
      })
      .example('$0 publish --dry-run', ''),
  handler: async args => {
    const [{ runPublish }, { requireDatabase }] = await Promise.all([
      import('./publishRun.js'),
      import('./publishSession.js'),
    ])
    const context = await openContext(args)
    requireDatabase(context.config) // before the lake is asked for its connectors
    await runPublish(args, await withLakeConnectors(context))
  },
})
