import type { Connector } from '../config/connector.js'
import type { S3Place } from '../lake/s3Store.js'
import { asPattern, bucketArn } from './arn.js'
import type { SetupDocument } from './planSetup.js'
import type { IamPolicy, IamStatement } from './readerPolicy.js'
import { quoteShell } from './shellText.js'
import { visibleJson } from './visibleJson.js'

export interface PublishPolicyOptions {
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string
  /** `undefined` where it isn't known. */
  readonly region: string | undefined
  readonly account: string | undefined
  readonly lake: S3Place
  /** Glue's, the lake's own first. */
  readonly databases: readonly string[]
  /** Those whose reports are tables, too. */
  readonly connectors: readonly Connector[]
  readonly workgroup: string
  /** Where Athena puts results; `undefined` where its workgroup says. */
  readonly results: S3Place | undefined
}

/** What stands for what isn't known. */
const REGION = '<region>'
const ACCOUNT = '<account>'
const RESULTS = '<results-bucket>'

/** The policies of who publishes a lake, and of who queries it by Athena, as data and with the line that puts each. */
export function describePublishPolicies(options: PublishPolicyOptions): SetupDocument[] {
  const { results } = options
  return [
    document('iam_policy_publisher', {
      purpose: 'is all that `stocktake publish` needs; printed only, never put',
      content: planPublisherPolicy(options),
      note: 'who imports as well needs the policy of stocktake setup CONNECTOR, too',
    }),
    document('iam_policy_analyst', {
      purpose: 'lets somebody query the lake by Athena, and change nothing; printed only, never put',
      content: planAnalystPolicy(options),
      note: [
        ...(results
          ? []
          : [`${RESULTS} stands for the bucket that the workgroup ${options.workgroup} writes results to`]),
        'where Lake Formation governs the database, grant SELECT there as well; a KMS key needs kms:Decrypt on it',
      ].join('; '),
    }),
  ]
}

function document(
  name: 'iam_policy_publisher' | 'iam_policy_analyst',
  { purpose, content, note }: { readonly purpose: string; readonly content: IamPolicy; readonly note: string },
): SetupDocument {
  const policyName = name === 'iam_policy_publisher' ? 'stocktake-publisher' : 'stocktake-analyst'
  const words = ['aws', 'iam', 'create-policy', '--policy-name', policyName]
  return {
    ...{ document: name, bucket: null, purpose, content, note },
    command: [...words, '--policy-document', visibleJson(content)].map(quoteShell).join(' '),
  }
}

/** Writes Glue's entries of the lake's databases, and in the lake nothing but its state; no data is changed. */
export function planPublisherPolicy(options: PublishPolicyOptions): IamPolicy {
  const { lake, partition } = options
  const arn = bucketArn(partition, lake.bucket)
  return policy([
    glueStatement('PublishInGlue', options, [
      ...['glue:GetDatabase', 'glue:CreateDatabase', 'glue:GetTable', 'glue:GetTables'],
      ...['glue:CreateTable', 'glue:UpdateTable', 'glue:DeleteTable'],
    ]),
    allow('ReadLake', 's3:GetObject', [`${arn}/${keysOf(lake, '')}`]),
    allow('NoteWhatIsPublished', ['s3:PutObject', 's3:DeleteObject'], [`${arn}/${keysOf(lake, 'state/')}`]),
    listing('ListLake', arn, keysOf(lake, '')),
    ...reportsOf(options).flatMap(({ bucket, keys }, i) => [
      allow(`ReadManifests${i + 1}`, 's3:GetObject', [
        `${bucket}/${keys}/manifest.json`,
        `${bucket}/${keys}/manifest.checksum`,
      ]),
      listing(`ListReports${i + 1}`, bucket, keys),
    ]),
  ])
}

/** Reads tables, views and reports, and runs queries in one workgroup. */
export function planAnalystPolicy(options: PublishPolicyOptions): IamPolicy {
  const { lake, partition, workgroup, results } = options
  const { region = REGION, account = ACCOUNT } = options
  const arn = bucketArn(partition, lake.bucket)
  const resultsArn = bucketArn(partition, results?.bucket ?? RESULTS)
  const resultsKeys = results ? keysOf(results, '') : '*'
  return policy([
    allow(
      'QueryByAthena',
      [
        ...['athena:StartQueryExecution', 'athena:StopQueryExecution', 'athena:GetQueryExecution'],
        ...['athena:GetQueryResults', 'athena:GetWorkGroup'],
      ],
      [`arn:${partition}:athena:${region}:${account}:workgroup/${asPattern(workgroup)}`],
    ),
    glueStatement('ReadGlue', options, ['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables', 'glue:GetPartitions']),
    allow('ReadTables', 's3:GetObject', [`${arn}/${keysOf(lake, 'tables/')}`]),
    listing('ListTables', arn, keysOf(lake, 'tables/')),
    ...reportsOf(options).flatMap(({ bucket, keys }, i) => [
      allow(`ReadReports${i + 1}`, 's3:GetObject', [`${bucket}/${keys}`]),
      listing(`ListReports${i + 1}`, bucket, keys),
    ]),
    allow(
      'KeepResults',
      ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      [`${resultsArn}/${resultsKeys}`],
    ),
    allow('FindResults', ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'], [resultsArn]),
  ])
}

const policy = (statements: readonly IamStatement[]): IamPolicy => ({ Version: '2012-10-17', Statement: statements })

const allow = (sid: string, action: IamStatement['Action'], resources: readonly string[]): IamStatement => ({
  Sid: sid,
  Effect: 'Allow',
  Action: action,
  Resource: resources.length === 1 ? (resources[0] ?? '') : resources,
})

/** Glue asks for leave for the catalog and the database, too, whatever is done to a table. */
function glueStatement(sid: string, options: PublishPolicyOptions, actions: readonly string[]): IamStatement {
  const { partition, region = REGION, account = ACCOUNT, databases } = options
  const start = `arn:${partition}:glue:${region}:${account}`
  return allow(sid, actions, [
    `${start}:catalog`,
    ...databases.flatMap(name => [`${start}:database/${name}`, `${start}:table/${name}/*`]),
  ])
}

/** As in the policy of who imports: reading what is absent is judged as listing, without a prefix. */
const listing = (sid: string, bucket: string, prefix: string): IamStatement => ({
  ...allow(sid, 's3:ListBucket', [bucket]),
  Condition: { StringLikeIfExists: { 's3:prefix': prefix } },
})

const keysOf = ({ prefix }: S3Place, folder: string): string =>
  `${asPattern(prefix === '' ? folder : `${prefix}/${folder}`)}*`

/** Where reports are that are tables: each place once. */
function reportsOf({
  connectors,
  partition,
}: PublishPolicyOptions): { readonly bucket: string; readonly keys: string }[] {
  const places = new Map<string, { readonly bucket: string; readonly keys: string }>()
  for (const { inventory, source } of connectors) {
    if (inventory?.destination.kind !== 'bucket') continue
    const bucket = bucketArn(partition, inventory.destination.name)
    // Manifests name their data files by key: all that AWS has been seen to write is under the source's name.
    const keys = `${asPattern(`${inventory.prefix}${source.name}/`)}*`
    places.set(`${bucket}/${keys}`, { bucket, keys })
  }
  return [...places.values()]
}
