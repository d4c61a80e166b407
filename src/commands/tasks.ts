import { openWithConnectors } from './connectorContext.js'
import { defineCommand, type GlobalArgs, openContext, withCommands } from './globals.js'

interface ListArgs extends GlobalArgs {
  state?: string
  dataset?: string
  all?: boolean
}

const listCommand = defineCommand<ListArgs>({
  command: ['list', '$0'],
  describe: 'tasks that wait, run, or did not help, the most urgent first',
  builder: yargs =>
    yargs
      .option('state', { type: 'string', describe: 'only those in this state: queued, failed, quarantined, …' })
      .option('dataset', { type: 'string', describe: 'only of this dataset' })
      .option('all', { type: 'boolean', describe: 'also those that are done or closed' })
      .conflicts('state', 'all'),
  handler: async args => {
    const { listTasks } = await import('./tasksList.js')
    await listTasks(args, await openContext(args))
  },
})

interface RunArgs extends GlobalArgs {
  ids?: string[]
  dryRun?: boolean
  concurrency?: number
}

const runCommand = defineCommand<RunArgs>({
  command: 'run [ids..]',
  describe: 'run those that are queued, and look whether their gaps are gone',
  builder: yargs =>
    yargs
      .positional('ids', { type: 'string', array: true, describe: 'task_…; all that are queued unless given' })
      .option('dry-run', { type: 'boolean', describe: 'print the commands and run nothing' })
      .option('concurrency', { type: 'number', describe: 'how many at once (default: tasks.concurrency)' }),
  handler: async args => {
    const { runQueued } = await import('./tasksRun.js')
    await runQueued(args, await openWithConnectors(args))
  },
})

interface RetryArgs extends GlobalArgs {
  ids: string[]
}

const retryCommand = defineCommand<RetryArgs>({
  command: 'retry <ids..>',
  describe: 'give tasks a new start that failed, had no effect, or are in quarantine',
  builder: yargs => yargs.positional('ids', { type: 'string', array: true, demandOption: true, describe: 'task_…' }),
  handler: async args => {
    const { retryTasks } = await import('./tasksRetry.js')
    await retryTasks(args.ids, await openContext(args))
  },
})

export const tasksCommand = defineCommand({
  command: 'tasks',
  describe: 'the work that mends gaps: list, run, retry',
  builder: yargs =>
    withCommands(yargs.example('$0 tasks run --dry-run', '').example('$0 tasks retry task_3f9a', ''), 'tasks', [
      listCommand,
      runCommand,
      retryCommand,
    ]),
  handler: () => {},
})
