import { UsageError } from '../errors.js'
import { openWithConnectors, openWithReachedConnectors } from './connectorContext.js'
import { defineCommand, type GlobalArgs } from './globals.js'

interface SetupArgs extends GlobalArgs {
  connector?: string
  apply?: boolean
  verify?: boolean
  publish?: boolean
  yes?: boolean
  account?: string
  destinationAccount?: string
  daily?: boolean
  weekly?: boolean
  inventoryFormat?: 'CSV' | 'ORC' | 'Parquet'
  versions: 'all' | 'current'
}

export const setupCommand = defineCommand<SetupArgs>({
  command: 'setup [connector]',
  describe: 'print, put and check what makes S3 deliver reports: inventory configuration, bucket policy, IAM policy',
  builder: yargs =>
    yargs
      .positional('connector', { type: 'string', describe: 'its name or GUID' })
      .option('apply', { type: 'boolean', describe: 'show what differs from what is there, ask, and put it' })
      .option('verify', { type: 'boolean', describe: 'check what is there' })
      .option('publish', {
        type: 'boolean',
        describe:
          'print the IAM policies of who publishes the lake in Glue, and of who queries it; of all connectors unless one is named',
      })
      .option('yes', { type: 'boolean', describe: 'put it without asking' })
      .option('account', {
        type: 'string',
        coerce: parseAccount,
        describe: "of the source bucket's owner, 12 digits (default with --apply and --verify: the caller's)",
      })
      .option('destination-account', {
        type: 'string',
        coerce: parseAccount,
        describe: "of the destination bucket's owner (default: --account)",
      })
      .option('daily', { type: 'boolean', describe: 'a report each day (default: by the schedule of the connector)' })
      .option('weekly', { type: 'boolean', describe: 'a report each Sunday' })
      .option('inventory-format', {
        choices: ['CSV', 'ORC', 'Parquet'] as const,
        describe: 'of the reports (default: inventory.format of the connector; Parquet for auto)',
      })
      .option('versions', {
        choices: ['all', 'current'] as const,
        default: 'all' as const,
        describe: 'which versions of objects are reported',
      })
      .conflicts('daily', 'weekly')
      .conflicts('publish', ['apply', 'verify'])
      .implies('yes', 'apply')
      .example('$0 setup photos', '')
      .example('$0 setup photos --apply', '')
      .example('$0 setup photos --verify', '')
      .example('$0 setup --publish', ''),
  handler: async args => {
    const { runSetup } = await import('./setupRun.js')
    if (args.publish) {
      const { printPublishPolicies } = await import('./publishPolicyScreen.js')
      return printPublishPolicies(args, await openWithReachedConnectors(args))
    }
    if (args.connector === undefined)
      throw new UsageError({ subject: 'setup', expected: 'the argument connector, or --publish', got: 'neither' })
    const context = await openWithConnectors(args, args.connector)
    const { daily, weekly, inventoryFormat: format, account, destinationAccount } = args
    await runSetup(
      args.connector,
      {
        acts: { apply: args.apply ?? false, verify: args.verify ?? false, yes: args.yes ?? false },
        account,
        destinationAccount,
        choices: {
          ...((daily || weekly) && { frequency: daily ? ('Daily' as const) : ('Weekly' as const) }),
          ...(format !== undefined && { format }),
          versions: args.versions === 'all' ? 'All' : 'Current',
        },
      },
      context,
    )
  },
})

/** @throws {UsageError} */
function parseAccount(text: string): string {
  if (!/^\d{12}$/.test(text))
    throw new UsageError({ subject: 'account', expected: 'the 12 digits of an AWS account', got: JSON.stringify(text) })
  return text
}
