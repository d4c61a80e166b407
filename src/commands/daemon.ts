import { defineCommand, type GlobalArgs, openContext } from './globals.js'

interface DaemonArgs extends GlobalArgs {
  intervalHours?: number
  runOnce?: boolean
  dryRun?: boolean
}

export const daemonCommand = defineCommand<DaemonArgs>({
  command: 'daemon',
  describe: 'import, reconcile and maintain as scheduled, until it is stopped',
  builder: yargs =>
    yargs
      .option('interval-hours', { type: 'number', describe: 'hours between reconciliations (default: as configured)' })
      .option('run-once', { type: 'boolean', describe: 'one cycle now, and no server' })
      .option('dry-run', { type: 'boolean', describe: 'say what it would do, and change nothing' })
      .example('$0 daemon --run-once', ''),
  handler: async args => {
    const { runDaemonHere } = await import('./daemonRun.js')
    await runDaemonHere(args, await openContext(args))
  },
})
