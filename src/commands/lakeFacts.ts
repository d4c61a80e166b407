import { writeText } from '../output/textWriter.js'
import { openWithConnectors } from './connectorContext.js'
import { defineCommand } from './globals.js'

/** For the daemon, which starts it as a child: what it needs an engine for is read in a process that ends. */
export const lakeFactsCommand = defineCommand({
  command: 'lake-facts',
  describe: false,
  handler: async args => {
    const [{ collectLakeFacts }, { formatLakeFacts }, { listEndedJobs, listOpenJobs }, { listChains }] =
      await Promise.all([
        import('../jobs/collectLakeFacts.js'),
        import('../jobs/lakeFacts.js'),
        import('../jobs/jobQueue.js'),
        import('../jobs/chains.js'),
      ])
    const [{ listRecentDeeds }, { SLOW_QUERY_MS }, { withLake }] = await Promise.all([
      import('../lake/recentDeeds.js'),
      import('../jobs/slowQueries.js'),
      import('./lakeSession.js'),
    ])
    const context = await openWithConnectors(args)
    const { connectors, prices } = context.config
    const facts = await withLake(context, async session =>
      collectLakeFacts(connectors, {
        ...session,
        ...{ prices, now: context.now },
        jobs: { open: listOpenJobs(session.store), ended: listEndedJobs(session.store) },
        chains: await listChains(session.store),
        deeds: listRecentDeeds(session.store, new Date(context.now().getTime() - SLOW_QUERY_MS), context),
      }),
    )
    await writeText(context.stdout, [`${formatLakeFacts(facts)}\n`])
  },
})
