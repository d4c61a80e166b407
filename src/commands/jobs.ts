import { defineCommand, type GlobalArgs, openContext, withCommands } from './globals.js'

interface ListArgs extends GlobalArgs {
  all?: boolean
}

const listCommand = defineCommand<ListArgs>({
  command: ['list', '$0'],
  describe: 'jobs that wait or run, and those that ended last',
  builder: yargs => yargs.option('all', { type: 'boolean', describe: 'all that ended, too' }),
  handler: async args => {
    const { listJobs } = await import('./jobsList.js')
    await listJobs(args, await openContext(args))
  },
})

interface ShowArgs extends GlobalArgs {
  id: string
}

const showCommand = defineCommand<ShowArgs>({
  command: 'show <id>',
  describe: 'all about one: how far it is, what came of it, what went wrong',
  builder: yargs => yargs.positional('id', { type: 'string', demandOption: true, describe: 'job_…, or its beginning' }),
  handler: async args => {
    const { showJob } = await import('./jobsShow.js')
    await showJob(args.id, await openContext(args))
  },
})

interface CancelArgs extends GlobalArgs {
  ids: string[]
}

const cancelCommand = defineCommand<CancelArgs>({
  command: 'cancel <ids..>',
  describe: 'end jobs that wait or run; the lake stays as it is',
  builder: yargs =>
    yargs.positional('ids', { type: 'string', array: true, demandOption: true, describe: 'job_…, or its beginning' }),
  handler: async args => {
    const { cancelJobs } = await import('./jobsCancel.js')
    await cancelJobs(args.ids, await openContext(args))
  },
})

export const jobsCommand = defineCommand({
  command: 'jobs',
  describe: 'list, show and cancel the jobs of the lake',
  builder: yargs =>
    withCommands(yargs.example('$0 jobs', '').example('$0 jobs cancel job_3f9a', ''), 'jobs', [
      listCommand,
      showCommand,
      cancelCommand,
    ]),
  handler: () => {},
})
