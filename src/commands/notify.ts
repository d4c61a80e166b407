import { defineCommand, type GlobalArgs, openContext, withCommands } from './globals.js'

interface TestArgs extends GlobalArgs {
  channel?: string
}

const testCommand = defineCommand<TestArgs>({
  command: 'test',
  describe: 'send a test on each channel of notify, and tell which took it',
  builder: yargs => yargs.option('channel', { type: 'string', describe: 'only this one, by its name' }),
  handler: async args => {
    const { testChannels } = await import('./notifyTest.js')
    await testChannels(args.channel, await openContext(args))
  },
})

export const notifyCommand = defineCommand({
  command: 'notify',
  describe: 'who is told what has changed: test',
  builder: yargs => withCommands(yargs.example('$0 notify test --channel slack', ''), 'notify', [testCommand]),
  handler: () => {},
})
