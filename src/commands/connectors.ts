import { defineCommand, type GlobalArgs, openContext, withCommands } from './globals.js'

interface NameArgs extends GlobalArgs {
  name: string
}

const listCommand = defineCommand({
  command: 'list',
  describe: 'the connectors there are',
  handler: async args => {
    const { listConnectors } = await import('./connectorScreens.js')
    await listConnectors(await openContext(args))
  },
})

const showCommand = defineCommand<NameArgs>({
  command: 'show <name>',
  describe: 'the settings of one',
  builder: yargs => yargs.positional('name', { type: 'string', demandOption: true, describe: 'its name or GUID' }),
  handler: async args => {
    const { showConnector } = await import('./connectorScreens.js')
    await showConnector(args.name, await openContext(args))
  },
})

const testCommand = defineCommand<NameArgs>({
  command: 'test <name>',
  describe: 'whether its reports can be read, step by step',
  builder: yargs => yargs.positional('name', { type: 'string', demandOption: true, describe: 'its name or GUID' }),
  handler: async args => {
    const { testConnector } = await import('./connectorScreens.js')
    await testConnector(args.name, await openContext(args))
  },
})

export const connectorsCommand = defineCommand({
  command: 'connectors',
  describe: 'list, show and test the connectors',
  builder: yargs => withCommands(yargs, 'connectors', [listCommand, showCommand, testCommand]),
  handler: () => {},
})
