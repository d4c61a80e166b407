import { type Command, defineCommand, withCommands } from './globals.js'
import { streamsEtlCommand } from './streamsEtl.js'
import { streamsIngestCommand } from './streamsIngest.js'
import { streamsReplayCommand } from './streamsReplay.js'
import { streamsStatusCommand } from './streamsStatus.js'

const COMMANDS: readonly Command[] = [
  streamsIngestCommand,
  streamsEtlCommand,
  streamsStatusCommand,
  streamsReplayCommand,
]

export const streamsCommand = defineCommand({
  command: 'streams',
  describe: 'records that arrive one by one: received, made into tables, watched',
  builder: yargs => withCommands(yargs, 'streams', COMMANDS),
  handler: () => {},
})
