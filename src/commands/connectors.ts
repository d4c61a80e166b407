import { openWithConnectors } from './connectorContext.js'
import { withSettings } from './connectorFlags.js'
import { defineCommand, type GlobalArgs, openContext, withCommands } from './globals.js'

interface NameArgs extends GlobalArgs {
  name: string
}

const listCommand = defineCommand({
  command: ['list', '$0'],
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
    await showConnector(args.name, await openWithConnectors(args, args.name))
  },
})

const testCommand = defineCommand<NameArgs>({
  command: 'test <name>',
  describe: 'whether its reports can be read, step by step',
  builder: yargs => yargs.positional('name', { type: 'string', demandOption: true, describe: 'its name or GUID' }),
  handler: async args => {
    const { testConnector } = await import('./connectorScreens.js')
    await testConnector(args.name, await openWithConnectors(args, args.name))
  },
})

const addCommand = defineCommand<NameArgs>({
  command: 'add <name>',
  describe: 'one that lives in the lake, for whoever uses it',
  builder: yargs =>
    withSettings(yargs.positional('name', { type: 'string', demandOption: true, describe: 'its name' })),
  handler: async args => {
    const { addConnector } = await import('./connectorChanges.js')
    await addConnector(args.name, { ...args }, await openWithConnectors(args))
  },
})

const setCommand = defineCommand<NameArgs>({
  command: 'set <name>',
  describe: 'change settings of one that lives in the lake',
  builder: yargs =>
    withSettings(yargs.positional('name', { type: 'string', demandOption: true, describe: 'its name or GUID' })),
  handler: async args => {
    const { setConnector } = await import('./connectorChanges.js')
    await setConnector(args.name, { ...args }, await openWithConnectors(args))
  },
})

interface RemoveArgs extends NameArgs {
  yes?: boolean
}

const removeCommand = defineCommand<RemoveArgs>({
  command: 'remove <name>',
  describe: 'take one out of the lake; its snapshots stay',
  builder: yargs =>
    yargs
      .positional('name', { type: 'string', demandOption: true, describe: 'its name or GUID' })
      .option('yes', { type: 'boolean', describe: 'without asking' }),
  handler: async args => {
    const { removeConnector } = await import('./connectorChanges.js')
    await removeConnector(args.name, args, await openWithConnectors(args))
  },
})

const COMMANDS = [listCommand, showCommand, testCommand, addCommand, setCommand, removeCommand]

export const connectorsCommand = defineCommand({
  command: 'connectors',
  describe: 'list, show, test and change the connectors',
  builder: yargs =>
    withCommands(
      yargs
        .example('$0 connectors test photos', '')
        .example('$0 connectors add photos --source-bucket my-photos --inventory-bucket my-reports', ''),
      'connectors',
      COMMANDS,
    ),
  handler: () => {},
})
