import { PRIORITIES, type Priority } from '../reconcile/expectations.js'
import { openWithConnectors } from './connectorContext.js'
import { type EngineArgs, engineOptions } from './engineFlag.js'
import { defineCommand, type GlobalArgs } from './globals.js'

interface ReconcileArgs extends GlobalArgs, EngineArgs {
  dryRun?: boolean
  useCache?: boolean
  failOn?: Priority
  dataset?: string[]
}

export const reconcileCommand = defineCommand<ReconcileArgs>({
  command: 'reconcile',
  describe: 'compare what is there with what should be, and queue tasks that mend it',
  builder: yargs =>
    yargs
      .option('dry-run', { type: 'boolean', describe: 'write nothing; with the newest snapshots' })
      .option('use-cache', { type: 'boolean', describe: 'with the newest snapshots, without a look at the buckets' })
      .option('fail-on', {
        choices: PRIORITIES,
        describe: 'exit with 5 where gaps of this priority, or a higher one, are open',
      })
      .option('dataset', { type: 'string', array: true, nargs: 1, describe: 'only this dataset; may be given again' })
      .options(engineOptions)
      .example('$0 reconcile --fail-on critical', '')
      .example('$0 reconcile --dry-run --dataset box_scores', ''),
  handler: async args => {
    const { runReconcile } = await import('./reconcileRun.js')
    await runReconcile(args, await openWithConnectors(args))
  },
})
