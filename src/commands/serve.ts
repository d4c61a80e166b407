import { defineCommand, type GlobalArgs, openContext } from './globals.js'

interface ServeArgs extends GlobalArgs {
  port: number
  host: string
  allowHost?: string[]
  agent: boolean
  requireToken?: boolean
}

export const serveCommand = defineCommand<ServeArgs>({
  command: 'serve',
  describe: 'serve the page and the API, and run jobs, until it is stopped',
  builder: yargs =>
    yargs
      .option('port', { type: 'number', default: 8080, describe: 'where it listens; 0 for any port that is free' })
      .option('host', {
        type: 'string',
        default: '127.0.0.1',
        describe: 'the address; others than this machine need a token',
      })
      .option('allow-host', { type: 'string', array: true, nargs: 1, describe: 'one more name that it is called by' })
      .option('agent', { type: 'boolean', default: true, describe: 'run jobs, too; --no-agent leaves them to others' })
      .option('require-token', { type: 'boolean', describe: 'need a token on this machine, too' })
      .example('$0 serve', ''),
  handler: async args => {
    const { serveHere } = await import('./serveRun.js')
    await serveHere(args, await openContext(args))
  },
})
