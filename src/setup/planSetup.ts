import type { InventoryConfiguration } from '@aws-sdk/client-s3'
import type { Connector } from '../config/connector.js'
import { UsageError } from '../errors.js'
import type { S3Place } from '../lake/s3Store.js'
import { type DeliveryStatement, planDeliveryStatement } from './deliveryStatement.js'
import { type DeliveredConnector, type InventoryChoices, planInventoryConfiguration } from './inventoryConfiguration.js'
import { mergeStatement } from './policyText.js'
import { type IamPolicy, planReaderPolicy } from './readerPolicy.js'
import { quoteShell, shellLine } from './shellText.js'
import { visibleJson } from './visibleJson.js'

export interface SetupOptions {
  readonly delivered: DeliveredConnector
  readonly choices: InventoryChoices
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string
  /** Owner of the source, and of the destination unless that is said; `undefined` where it isn't known. */
  readonly account: string | undefined
  readonly destinationAccount: string | undefined
  /** `undefined` for a lake that isn't on S3. */
  readonly lake: S3Place | undefined
  /** For the command lines: what `aws.region` and `aws.endpoint` say. */
  readonly region: string | undefined
  readonly endpoint: string | undefined
}

/** What stands for an account that isn't known. */
export const ACCOUNT_PLACEHOLDER = '<account>'

/** The three documents that make a connector work. */
export interface SetupPlan {
  readonly configuration: InventoryConfiguration
  readonly statement: DeliveryStatement
  readonly readerPolicy: IamPolicy
}

/** One of them as a person or a script takes it. */
export interface SetupDocument {
  readonly document:
    | 'inventory_configuration'
    | 'bucket_policy_statement'
    | 'iam_policy'
    | 'iam_policy_publisher'
    | 'iam_policy_analyst'
    | 'iam_policy_importer'
  /** The bucket that it belongs to; none for IAM policies. */
  readonly bucket: string | null
  /** What it is for. */
  readonly purpose: string
  readonly content: object
  /** A line for a POSIX shell. */
  readonly command: string
  /** What should be known before it is used. */
  readonly note: string | null
}

/**
 * The connector, if both its ends are buckets.
 * @throws {UsageError} where nothing is to be set up
 */
export function requireDelivered(connector: Connector): DeliveredConnector {
  const { name, source, inventory } = connector
  if (!inventory)
    throw new UsageError({
      subject: `connector ${name}`,
      got: 'no inventory is configured',
      fix: `say where its reports are to go: connectors.${name}.inventory with destination_bucket and config_name`,
    })
  for (const [what, bucket] of [
    ['source_bucket', source],
    ['destination_bucket', inventory.destination],
  ] as const)
    if (bucket.kind === 'folder')
      throw new UsageError({
        subject: `connector ${name}`,
        got: `its ${what} is a folder, ${bucket.path}: nothing is to be set up`,
        fix: 'S3 delivers reports of buckets to buckets only; name buckets, or put reports into the folder yourself',
      })
  return { connector, place: inventory, sourceBucket: source.name, destinationBucket: inventory.destination.name }
}

/** The documents as data. An account that isn't known is {@link ACCOUNT_PLACEHOLDER} where one must stand. */
export function planSetup(options: SetupOptions): SetupPlan {
  const { delivered, choices, partition, account, destinationAccount = account } = options
  return {
    configuration: planInventoryConfiguration(delivered, choices, {
      partition,
      ...(destinationAccount !== undefined && { account: destinationAccount }),
    }),
    statement: planDeliveryStatement(delivered, { partition, account: account ?? ACCOUNT_PLACEHOLDER }),
    readerPolicy: planReaderPolicy(delivered, options.lake, { partition }),
  }
}

/** The documents with the lines that put them by hand, in the order of their use. */
export function describeSetup(plan: SetupPlan, options: SetupOptions): SetupDocument[] {
  const { delivered } = options
  const { connector, sourceBucket, destinationBucket } = delivered
  return [
    {
      document: 'bucket_policy_statement',
      bucket: destinationBucket,
      purpose: 'lets S3 deliver the reports there',
      content: plan.statement,
      command: putPolicyLine(plan, options),
      note: `the line puts it only where the bucket has no policy; to one that is there, add it, or use stocktake setup ${connector.name} --apply`,
    },
    {
      document: 'inventory_configuration',
      bucket: sourceBucket,
      purpose: 'makes S3 write the reports',
      content: plan.configuration,
      command: commandLine(
        ['aws', 's3api', 'put-bucket-inventory-configuration', '--bucket', sourceBucket],
        ['--id', delivered.place.configName, '--inventory-configuration', visibleJson(plan.configuration)],
        awsFlags(options),
      ),
      note: 'the first report comes within 48 hours',
    },
    {
      document: 'iam_policy',
      bucket: null,
      purpose: 'is all that who runs stocktake needs; printed only, never put',
      content: plan.readerPolicy,
      command: commandLine(
        ['aws', 'iam', 'create-policy', '--policy-name', `stocktake-${connector.name}`],
        ['--policy-document', visibleJson(plan.readerPolicy)],
      ),
      note: 'reports or a lake encrypted with a KMS key need kms:Decrypt on it, too, and a lake kms:GenerateDataKey',
    },
  ]
}

/** Puts the policy only if S3 says that there is none: put-bucket-policy replaces all statements. */
function putPolicyLine({ statement }: SetupPlan, options: SetupOptions): string {
  const { destinationBucket: bucket } = options.delivered
  const flags = awsFlags(options)
  const get = commandLine(['aws', 's3api', 'get-bucket-policy', '--bucket', bucket], flags)
  const policy = visibleJson(JSON.parse(mergeStatement(undefined, statement, bucket).text))
  const put = commandLine(['aws', 's3api', 'put-bucket-policy', '--bucket', bucket, '--policy', policy], flags)
  const told = quoteShell(`${bucket} has a policy, or it can't be seen: add the statement to it`)
  return `if ${get} 2>&1 | grep -q NoSuchBucketPolicy; then ${put}; else echo ${told} >&2; fi`
}

const awsFlags = ({ region, endpoint }: SetupOptions): string[] => [
  ...(region === undefined ? [] : ['--region', region]),
  ...(endpoint === undefined ? [] : ['--endpoint-url', endpoint]),
]

const commandLine = (...words: readonly (readonly string[])[]): string => shellLine(words.flat())
