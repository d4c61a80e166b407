import { defineCommand, openContext } from './globals.js'

export const runJobCommand = defineCommand({
  command: 'run-job',
  describe: false,
  handler: async args => {
    const { runJobOfChannel } = await import('./runJobRun.js')
    await runJobOfChannel(await openContext(args))
  },
})
