import { GAP_KINDS, type GapKind, PRIORITIES, type Priority } from '../reconcile/expectations.js'
import { openWithConnectors } from './connectorContext.js'
import { defineCommand, type GlobalArgs, withCommands } from './globals.js'

interface ListArgs extends GlobalArgs {
  connector?: string
  dataset?: string
  priority?: Priority
  kind?: GapKind
  state: 'open' | 'resolved' | 'all'
  sql?: boolean
}

const listCommand = defineCommand<ListArgs>({
  command: ['list [connector]', '$0'],
  describe: 'the open gaps, the most urgent first',
  builder: yargs =>
    yargs
      .positional('connector', { type: 'string', describe: 'its name or GUID (default: all connectors)' })
      .option('dataset', { type: 'string', describe: 'only of this dataset' })
      .option('priority', { choices: PRIORITIES, describe: 'only of this priority' })
      .option('kind', { choices: GAP_KINDS, describe: 'only of this kind' })
      .option('state', {
        choices: ['open', 'resolved', 'all'] as const,
        default: 'open' as const,
        describe: 'which gaps',
      })
      .option('sql', { type: 'boolean', describe: 'print the SQL and run nothing' }),
  handler: async args => {
    const { showReport } = await import('./reportScreens.js')
    const { connector, sql } = args
    const param = (['dataset', 'priority', 'kind', 'state'] as const).flatMap(name =>
      args[name] === undefined ? [] : [`${name}=${args[name]}`],
    )
    await showReport({ name: 'gaps', connector, param, sql }, await openWithConnectors(args, connector))
  },
})

interface ExplainArgs extends GlobalArgs {
  id: string
}

const explainCommand = defineCommand<ExplainArgs>({
  command: 'explain <id>',
  describe: 'what one gap is: the expectation, the query, the nearest keys',
  builder: yargs => yargs.positional('id', { type: 'string', demandOption: true, describe: 'gap_…, or its beginning' }),
  handler: async args => {
    const { tellGap } = await import('./gapExplain.js')
    await tellGap(args.id, await openWithConnectors(args))
  },
})

export const gapsCommand = defineCommand({
  command: 'gaps',
  describe: 'what is missing or wrong, as the last reconcile found it',
  builder: yargs =>
    withCommands(yargs.example('$0 gaps --priority critical', '').example('$0 gaps explain gap_3f9a', ''), 'gaps', [
      listCommand,
      explainCommand,
    ]),
  handler: () => {},
})
