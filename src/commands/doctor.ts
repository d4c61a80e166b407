import { openWithReachedConnectors } from './connectorContext.js'
import { defineCommand, type GlobalArgs } from './globals.js'

interface DoctorArgs extends GlobalArgs {
  connector?: string
}

export const doctorCommand = defineCommand<DoctorArgs>({
  command: 'doctor [connector]',
  describe: 'look at all that is needed: credentials, lake, httpfs, clock, reports; with the fix for each',
  builder: yargs =>
    yargs
      .positional('connector', { type: 'string', describe: 'only this one: its name or GUID' })
      .example('$0 doctor photos', ''),
  handler: async args => {
    const { runDoctor } = await import('./doctorRun.js')
    await runDoctor(args.connector, await openWithReachedConnectors(args))
  },
})
