import { openWithConnectors } from './connectorContext.js'
import { defineCommand, type GlobalArgs, withCommands } from './globals.js'

interface NameArgs extends GlobalArgs {
  name: string
}

interface FolderArgs extends GlobalArgs {
  connector: string
  folders: string[]
}

const listCommand = defineCommand({
  command: ['list', '$0'],
  describe: 'the collections there are, and how old what is known of their files is',
  handler: async args => {
    const { listAll } = await import('./collectionScreens.js')
    await listAll(await openWithConnectors(args))
  },
})

const suggestCommand = defineCommand<FolderArgs>({
  command: 'suggest <connector> <folders..>',
  describe: 'the names that folders suggest; nothing is made',
  builder: yargs =>
    yargs
      .positional('connector', { type: 'string', demandOption: true, describe: 'its name or GUID' })
      .positional('folders', { type: 'string', array: true, demandOption: true, describe: "paths; '' for all" }),
  handler: async args => {
    const { suggestNames } = await import('./collectionScreens.js')
    await suggestNames(args.connector, args.folders, await openWithConnectors(args))
  },
})

interface CreateArgs extends FolderArgs {
  name?: string[]
}

const createCommand = defineCommand<CreateArgs>({
  command: 'create <connector> <folders..>',
  describe: 'give names to folders: to all of them or none',
  builder: yargs =>
    yargs
      .positional('connector', { type: 'string', demandOption: true, describe: 'its name or GUID' })
      .positional('folders', { type: 'string', array: true, demandOption: true, describe: "paths; '' for all" })
      .option('name', {
        type: 'string',
        array: true,
        nargs: 1,
        describe: 'in the order of the folders (default: what suggest says)',
      })
      .example("$0 collections create photos '2020/Milledgeville, GA/' --name Milledgeville", ''),
  handler: async args => {
    const { createOf } = await import('./collectionChanges.js')
    await createOf(args.connector, args.folders, args.name ?? [], await openWithConnectors(args))
  },
})

interface ShowArgs extends NameArgs {
  files?: boolean
}

const showCommand = defineCommand<ShowArgs>({
  command: 'show <name>',
  describe: 'what is known of one; or its files',
  builder: yargs =>
    yargs
      .positional('name', { type: 'string', demandOption: true, describe: 'its name or GUID' })
      .option('files', { type: 'boolean', describe: 'its FileInfo, a row a file' }),
  handler: async args => {
    const { showCollection } = await import('./collectionScreens.js')
    await showCollection(args.name, args, await openWithConnectors(args))
  },
})

interface RefreshArgs extends NameArgs {
  queue?: boolean
}

const refreshCommand = defineCommand<RefreshArgs>({
  command: 'refresh <name>',
  describe: 'list its folder on S3 now',
  builder: yargs =>
    yargs
      .positional('name', { type: 'string', demandOption: true, describe: 'its name or GUID' })
      .option('queue', { type: 'boolean', describe: 'leave it to an agent' }),
  handler: async args => {
    const { refreshOne } = await import('./collectionChanges.js')
    await refreshOne(args.name, args, await openWithConnectors(args))
  },
})

interface RenameArgs extends NameArgs {
  to: string
}

const renameCommand = defineCommand<RenameArgs>({
  command: 'rename <name> <to>',
  describe: 'give one another name',
  builder: yargs =>
    yargs
      .positional('name', { type: 'string', demandOption: true, describe: 'its name or GUID' })
      .positional('to', { type: 'string', demandOption: true, describe: 'the new name' }),
  handler: async args => {
    const { renameTo } = await import('./collectionChanges.js')
    await renameTo(args.name, args.to, await openWithConnectors(args))
  },
})

interface RemoveArgs extends NameArgs {
  yes?: boolean
}

const removeCommand = defineCommand<RemoveArgs>({
  command: 'remove <name>',
  describe: 'forget one; its folder and files stay',
  builder: yargs =>
    yargs
      .positional('name', { type: 'string', demandOption: true, describe: 'its name or GUID' })
      .option('yes', { type: 'boolean', describe: 'without asking' }),
  handler: async args => {
    const { removeOne } = await import('./collectionChanges.js')
    await removeOne(args.name, args, await openWithConnectors(args))
  },
})

const COMMANDS = [listCommand, suggestCommand, createCommand, showCommand, refreshCommand, renameCommand, removeCommand]

export const collectionsCommand = defineCommand({
  command: 'collections',
  describe: 'folders with names, and what is known of their files',
  builder: yargs => withCommands(yargs, 'collections', COMMANDS),
  handler: () => {},
})
