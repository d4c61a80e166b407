import type { Connector } from '../config/connector.js'
import type { S3Place } from '../lake/s3Store.js'
import { REPORT_LISTS, REPORT_TABLE_PREFIX } from '../snapshot/registeredReport.js'
import { IMPORT_TABLES, SNAPSHOTS } from '../snapshot/tables.js'
import { asPattern, bucketArn } from './arn.js'
import type { SetupDocument } from './planSetup.js'
import type { IamPolicy, IamStatement } from './readerPolicy.js'
import { shellLine } from './shellText.js'
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

/** What an import commits to. */
const IMPORTED = [...IMPORT_TABLES, SNAPSHOTS].map(({ name }) => name)

/** The policies of who publishes a lake, who queries it by Athena and who imports by Athena, as data and with the line that puts each. */
export function describePublishPolicies(options: PublishPolicyOptions): SetupDocument[] {
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
        ...resultsNote(options),
        'where Lake Formation governs the database, grant SELECT there as well; a KMS key needs kms:Decrypt on it',
      ].join('; '),
    }),
    document('iam_policy_importer', {
      purpose:
        'is all that `stocktake import --engine athena` needs, and an agent that does so; printed only, never put',
      content: planImporterPolicy(options),
      note: [
        ...resultsNote(options),
        'of a Trino, its own role needs all but what is of Athena and its results',
        "publish.after_import and KMS keys need more: the publisher's policy; kms:Decrypt on the key of reports, kms:GenerateDataKey on the lake's",
      ].join('; '),
    }),
  ]
}

const resultsNote = ({ results, workgroup }: PublishPolicyOptions): string[] =>
  results ? [] : [`${RESULTS} stands for the bucket that the workgroup ${workgroup} writes results to`]

const POLICY_NAMES = {
  iam_policy_publisher: 'stocktake-publisher',
  iam_policy_analyst: 'stocktake-analyst',
  iam_policy_importer: 'stocktake-importer',
} as const

function document(
  name: keyof typeof POLICY_NAMES,
  { purpose, content, note }: { readonly purpose: string; readonly content: IamPolicy; readonly note: string },
): SetupDocument {
  const policyName = POLICY_NAMES[name]
  const words = ['aws', 'iam', 'create-policy', '--policy-name', policyName]
  return {
    ...{ document: name, bucket: null, purpose, content, note },
    command: shellLine([...words, '--policy-document', visibleJson(content)]),
  }
}

/** Writes Glue's entries of the lake's databases, and in the lake nothing but its state and copies of metadata; no data is changed. */
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
    // Copies have dashes in their names; the tables' own vN.metadata.json have none, and nobody who publishes may replace them.
    allow('CopyMetadata', 's3:PutObject', [`${arn}/${keysOf(lake, 'tables/')}/metadata/*-*.metadata.json`]),
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
  const { lake, partition } = options
  const arn = bucketArn(partition, lake.bucket)
  return policy([
    athenaStatement('QueryByAthena', options),
    glueStatement('ReadGlue', options, ['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables', 'glue:GetPartitions']),
    // Streams have the files of their tables in a folder of their own.
    allow(
      'ReadTables',
      's3:GetObject',
      ['tables/', 'processed/'].map(folder => `${arn}/${keysOf(lake, folder)}`),
    ),
    listing('ListTables', arn, keysOf(lake, 'tables/')),
    listing('ListProcessed', arn, keysOf(lake, 'processed/')),
    ...reportStatements(options),
    ...resultStatements(options),
  ])
}

/**
 * Has Athena import reports: what Athena does for a statement it does with the leave of who sends it. Of Glue's entries those of
 * the lake's own tables are made and committed to, and none is removed but those that an import makes for itself.
 */
export function planImporterPolicy(options: PublishPolicyOptions): IamPolicy {
  const { lake, partition, databases } = options
  const arn = bucketArn(partition, lake.bucket)
  const own = { ...options, databases: databases.slice(0, 1) }
  const folders = ['tables/', 'state/', REPORT_LISTS]
  return policy([
    athenaStatement('ImportByAthena', options),
    glueStatement('ReadGlue', own, ['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables']),
    glueStatement('CommitTables', own, ['glue:CreateTable', 'glue:UpdateTable'], IMPORTED),
    glueStatement('RegisterReport', own, ['glue:CreateTable', 'glue:DeleteTable'], [`${REPORT_TABLE_PREFIX}*`]),
    allow('ReadLake', 's3:GetObject', [`${arn}/${keysOf(lake, '')}`]),
    allow('BeginLake', 's3:PutObject', [`${arn}/${keyOf(lake, 'lake.json')}`]),
    allow(
      'WriteRowsAndState',
      ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      folders.map(folder => `${arn}/${keysOf(lake, folder)}`),
    ),
    listing('ListLake', arn, keysOf(lake, '')),
    ...reportStatements(options),
    ...resultStatements(options),
  ])
}

/** What Athena is asked, in the one workgroup. */
function athenaStatement(sid: string, options: PublishPolicyOptions): IamStatement {
  const { partition, workgroup, region = REGION, account = ACCOUNT } = options
  return allow(
    sid,
    [
      ...['athena:StartQueryExecution', 'athena:StopQueryExecution', 'athena:GetQueryExecution'],
      ...['athena:GetQueryResults', 'athena:GetWorkGroup'],
    ],
    [`arn:${partition}:athena:${region}:${account}:workgroup/${asPattern(workgroup)}`],
  )
}

/** Manifests and data files of reports, and nothing beside them. */
const reportStatements = (options: PublishPolicyOptions): IamStatement[] =>
  reportsOf(options).flatMap(({ bucket, keys }, i) => [
    allow(`ReadReports${i + 1}`, 's3:GetObject', [`${bucket}/${keys}`]),
    listing(`ListReports${i + 1}`, bucket, keys),
  ])

/** Where Athena puts results, and looks whether it may. */
function resultStatements({ partition, results }: PublishPolicyOptions): IamStatement[] {
  const arn = bucketArn(partition, results?.bucket ?? RESULTS)
  return [
    allow(
      'KeepResults',
      ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      [`${arn}/${results ? keysOf(results, '') : '*'}`],
    ),
    allow('FindResults', ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'], [arn]),
  ]
}

const policy = (statements: readonly IamStatement[]): IamPolicy => ({ Version: '2012-10-17', Statement: statements })

const allow = (sid: string, action: IamStatement['Action'], resources: readonly string[]): IamStatement => ({
  Sid: sid,
  Effect: 'Allow',
  Action: action,
  Resource: resources.length === 1 ? (resources[0] ?? '') : resources,
})

/** Glue asks for leave for the catalog and the database, too, whatever is done to a table. @param tables all of them unless given */
function glueStatement(
  sid: string,
  options: PublishPolicyOptions,
  actions: readonly string[],
  tables: readonly string[] = ['*'],
): IamStatement {
  const { partition, region = REGION, account = ACCOUNT, databases } = options
  const start = `arn:${partition}:glue:${region}:${account}`
  return allow(sid, actions, [
    `${start}:catalog`,
    ...databases.flatMap(name => [
      `${start}:database/${name}`,
      ...tables.map(table => `${start}:table/${name}/${table}`),
    ]),
  ])
}

/** As in the policy of who imports: reading what is absent is judged as listing, without a prefix. */
const listing = (sid: string, bucket: string, prefix: string): IamStatement => ({
  ...allow(sid, 's3:ListBucket', [bucket]),
  Condition: { StringLikeIfExists: { 's3:prefix': prefix } },
})

const keysOf = (lake: S3Place, folder: string): string => `${keyOf(lake, folder)}*`

const keyOf = ({ prefix }: S3Place, key: string): string => asPattern(prefix === '' ? key : `${prefix}/${key}`)

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
