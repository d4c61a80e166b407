import { defineCommand, type GlobalArgs, openContext } from './globals.js'

interface AgentArgs extends GlobalArgs {
  jobs: number
  until?: 'idle'
}

export const agentCommand = defineCommand<AgentArgs>({
  command: 'agent',
  describe: 'run the jobs that are queued, until it is stopped',
  builder: yargs =>
    yargs
      .option('jobs', { type: 'number', default: 1, describe: 'how many at once, each in a process of its own' })
      .option('until', { choices: ['idle'] as const, describe: 'end when no job is due' })
      .example('$0 agent --until idle', ''),
  handler: async args => {
    const { runAgentHere } = await import('./agentRun.js')
    await runAgentHere(args, await openContext(args))
  },
})
