import { defineCommand } from './globals.js'

export const runQueryCommand = defineCommand({
  command: 'run-query',
  describe: false,
  handler: async ({ world }) => {
    const { runQueryOfChannel } = await import('./runQueryRun.js')
    await runQueryOfChannel(world)
  },
})
