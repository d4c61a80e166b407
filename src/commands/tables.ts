import { type Command, defineCommand, withCommands } from './globals.js'
import { tablesCreateCommand } from './tablesCreate.js'
import { tablesDropCommand } from './tablesDrop.js'
import { tablesEvolveCommand } from './tablesEvolve.js'
import { tablesHistoryCommand } from './tablesHistory.js'
import { tablesInsertCommand } from './tablesInsert.js'
import { tablesLoadSampleCommand } from './tablesLoadSample.js'
import { tablesQueryCommand } from './tablesQuery.js'
import { tablesRollbackCommand } from './tablesRollback.js'
import { tablesVerifyCommand } from './tablesVerify.js'

const COMMANDS: readonly Command[] = [
  tablesCreateCommand,
  tablesLoadSampleCommand,
  tablesInsertCommand,
  tablesQueryCommand,
  tablesVerifyCommand,
  tablesEvolveCommand,
  tablesHistoryCommand,
  tablesRollbackCommand,
  tablesDropCommand,
]

export const tablesCommand = defineCommand({
  command: 'tables',
  describe: "the lake's own tables: declared in a file, created, loaded, verified, queried, evolved",
  builder: yargs => withCommands(yargs, 'tables', COMMANDS),
  handler: () => {},
})
