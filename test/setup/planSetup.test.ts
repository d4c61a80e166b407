// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables and escapes of policies
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { InventoryOptionalField } from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { parseConnector } from '../../src/config/connector.js'
import { INVENTORY_FIELDS } from '../../src/inventory/fields.js'
import { deliverySid } from '../../src/setup/deliveryStatement.js'
import { defaultChoices, USEFUL_FIELDS } from '../../src/setup/inventoryConfiguration.js'
import { describeSetup, planSetup, requireDelivered, type SetupOptions } from '../../src/setup/planSetup.js'

const run = promisify(execFile)

const connectorOf = (inventory: Record<string, unknown> = {}, others: Record<string, unknown> = {}) =>
  parseConnector(
    'photos',
    {
      source_bucket: 'photo-bucket',
      inventory: {
        destination_bucket: 'inventory-bucket',
        prefix: 'reports/',
        config_name: 'weekly-inventory',
        ...inventory,
      },
      ...others,
    },
    '/nowhere',
  )

function optionsOf(
  inventory: Record<string, unknown> = {},
  others: Record<string, unknown> = {},
  more: Partial<SetupOptions> = {},
): SetupOptions {
  const delivered = requireDelivered(connectorOf(inventory, others))
  return {
    delivered,
    choices: defaultChoices(delivered),
    partition: 'aws',
    account: '123456789012',
    destinationAccount: undefined,
    lake: undefined,
    region: undefined,
    endpoint: undefined,
    ...more,
  }
}

test('the three documents of a connector', () => {
  const { configuration, statement, readerPolicy } = planSetup(optionsOf())
  expect(configuration).toEqual({
    Id: 'weekly-inventory',
    IsEnabled: true,
    Destination: {
      S3BucketDestination: {
        AccountId: '123456789012',
        Bucket: 'arn:aws:s3:::inventory-bucket',
        Format: 'Parquet',
        Prefix: 'reports', // S3 puts a slash behind it
      },
    },
    IncludedObjectVersions: 'All',
    OptionalFields: USEFUL_FIELDS,
    Schedule: { Frequency: 'Weekly' },
  })
  expect(statement).toEqual({
    Sid: expect.stringMatching(/^StocktakeInventory-weekly-inventory-[0-9a-f]{8}$/),
    Effect: 'Allow',
    Principal: { Service: 's3.amazonaws.com' },
    Action: 's3:PutObject',
    Resource: 'arn:aws:s3:::inventory-bucket/reports/*',
    Condition: {
      ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::photo-bucket' },
      StringEquals: { 'aws:SourceAccount': '123456789012', 's3:x-amz-acl': 'bucket-owner-full-control' },
    },
  })
  expect(readerPolicy).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'ReadReports',
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: 'arn:aws:s3:::inventory-bucket/reports/photo-bucket/*',
      },
      {
        Sid: 'ListReports',
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: 'arn:aws:s3:::inventory-bucket',
        Condition: { StringLikeIfExists: { 's3:prefix': 'reports/photo-bucket/*' } },
      },
      { Sid: 'ListSource', Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::photo-bucket' },
    ],
  })
})

test.each<[string, Record<string, unknown>, Record<string, unknown>, string, string]>([
  ['nothing said', {}, {}, 'Parquet', 'Weekly'],
  ['CSV, each day', { format: 'CSV' }, { schedule: 'daily' }, 'CSV', 'Daily'],
  ['ORC, each week', { format: 'ORC' }, { schedule: 'weekly' }, 'ORC', 'Weekly'],
  ['Parquet, as reports come', { format: 'Parquet' }, { schedule: 'inventory' }, 'Parquet', 'Weekly'],
  ['auto, by hand', { format: 'auto' }, { schedule: 'manual' }, 'Parquet', 'Weekly'],
])('%s', (_, inventory, others, format, frequency) => {
  const { configuration } = planSetup(optionsOf(inventory, others))
  expect(configuration.Destination?.S3BucketDestination?.Format).toBe(format)
  expect(configuration.Schedule?.Frequency).toBe(frequency)
})

test('what was chosen goes over the settings, and the destination may be of another account', () => {
  const { configuration, statement } = planSetup(
    optionsOf(
      {},
      {},
      {
        choices: { frequency: 'Daily', format: 'ORC', versions: 'Current' },
        destinationAccount: '999999999999',
      },
    ),
  )
  expect(configuration).toMatchObject({
    IncludedObjectVersions: 'Current',
    Schedule: { Frequency: 'Daily' },
    Destination: { S3BucketDestination: { Format: 'ORC', AccountId: '999999999999' } },
  })
  expect(statement.Condition.StringEquals['aws:SourceAccount']).toBe('123456789012')
})

test('an account that is not known is left out, or a placeholder where one must stand', () => {
  const { configuration, statement } = planSetup(optionsOf({}, {}, { account: undefined }))
  expect(configuration.Destination?.S3BucketDestination).not.toHaveProperty('AccountId')
  expect(statement.Condition.StringEquals['aws:SourceAccount']).toBe('<account>')
})

test.each([
  ['', undefined, 'arn:aws:s3:::inventory-bucket/*', 'photo-bucket/*'],
  ['a', 'a', 'arn:aws:s3:::inventory-bucket/a/*', 'a/photo-bucket/*'],
  ['a/b/', 'a/b', 'arn:aws:s3:::inventory-bucket/a/b/*', 'a/b/photo-bucket/*'],
  // In a policy * and ? are wildcards and ${…} a variable, unless they are escaped.
  ['a*b?/', 'a*b?', 'arn:aws:s3:::inventory-bucket/a${*}b${?}/*', 'a${*}b${?}/photo-bucket/*'],
  ['${x}/', '${x}', 'arn:aws:s3:::inventory-bucket/${$}{x}/*', '${$}{x}/photo-bucket/*'],
  ["it's ö/", "it's ö", "arn:aws:s3:::inventory-bucket/it's ö/*", "it's ö/photo-bucket/*"],
])('the prefix %j', (prefix, inConfiguration, resource, listed) => {
  const { configuration, statement, readerPolicy } = planSetup(optionsOf({ prefix }))
  expect(configuration.Destination?.S3BucketDestination?.Prefix).toBe(inConfiguration)
  expect(statement.Resource).toBe(resource)
  expect(readerPolicy.Statement[1]?.Condition).toEqual({ StringLikeIfExists: { 's3:prefix': listed } })
})

test('the ARNs of another partition', () => {
  const text = JSON.stringify(
    planSetup(optionsOf({}, {}, { partition: 'aws-cn', lake: { bucket: 'lake', prefix: '' } })),
  )
  expect(text.match(/arn:[^:]*/g)?.every(start => start === 'arn:aws-cn')).toBe(true)
})

describe('the IAM policy', () => {
  const sids = (options: SetupOptions) => planSetup(options).readerPolicy.Statement.map(({ Sid }) => Sid)

  test.each<[string, Record<string, unknown>, boolean]>([
    ['a fallback to samples', {}, true],
    ['no fallback', { fallback_to_sample: false }, false],
    ['full scans', { scan_mode: 'full', fallback_to_sample: false }, true],
  ])('with %s', (_, others, isListed) => expect(sids(optionsOf({}, others)).includes('ListSource')).toBe(isListed))

  test('keeps a lake on S3', () => {
    const { readerPolicy } = planSetup(optionsOf({}, {}, { lake: { bucket: 'acme-lake', prefix: 'stocktake' } }))
    expect(readerPolicy.Statement.slice(3)).toEqual([
      {
        Sid: 'KeepLake',
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
        Resource: 'arn:aws:s3:::acme-lake/stocktake/*',
      },
      {
        Sid: 'ListLake',
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: 'arn:aws:s3:::acme-lake',
        Condition: { StringLikeIfExists: { 's3:prefix': 'stocktake/*' } },
      },
    ])
  })
})

test('every field that is asked for is one that S3 knows, and one that an import knows', () => {
  const known = INVENTORY_FIELDS.map(({ csvName }) => csvName)
  expect(USEFUL_FIELDS.filter(field => !known.includes(field) || !(field in InventoryOptionalField))).toEqual([])
  expect(USEFUL_FIELDS).toHaveLength(new Set(USEFUL_FIELDS).size)
})

test('statements of different sources, or of names that look alike, have different Sids', () => {
  const sidOf = (source_bucket: string, config_name: string) =>
    deliverySid(requireDelivered(connectorOf({ config_name }, { source_bucket })))
  const sids = [
    sidOf('one', 'weekly'),
    sidOf('two', 'weekly'),
    sidOf('one', 'week ly'),
    sidOf('one', 'ö'),
    sidOf('one', 'ä'),
  ]
  expect(new Set(sids).size).toBe(sids.length)
  for (const sid of sids) expect(sid).toMatch(/^StocktakeInventory(-[A-Za-z0-9-]+)?-[0-9a-f]{8}$/)
})

describe('the lines for a shell', () => {
  /** What a command of a line is given, with programs that only tell. */
  async function argumentsOf(line: string, programs = ''): Promise<string[]> {
    const tell = `aws() { printf '%s\\0' "$@"; }; ${programs}`
    const { stdout } = await run('sh', ['-c', `${tell}\n${line}`])
    return stdout.split('\0').slice(0, -1)
  }

  const prefix = `it's "x" $HOME \`id\` \\ ö\u202e/`
  const options = optionsOf({ prefix, config_name: "a'b" }, {}, { region: 'eu-west-1', endpoint: 'http://localhost:1' })
  const plan = planSetup(options)
  const [policy, configuration, reader] = describeSetup(plan, options)

  test('hand the configuration on as it is', async () => {
    const words = await argumentsOf(configuration?.command ?? '')
    expect(words.slice(0, 6)).toEqual([
      's3api',
      'put-bucket-inventory-configuration',
      '--bucket',
      'photo-bucket',
      '--id',
      "a'b",
    ])
    expect(JSON.parse(words[7] ?? '')).toEqual(plan.configuration)
    expect(words.slice(8)).toEqual(['--region', 'eu-west-1', '--endpoint-url', 'http://localhost:1'])
    expect(configuration?.command).not.toContain('\u202e')
  })

  test('hand the IAM policy on as it is', async () => {
    const words = await argumentsOf(reader?.command ?? '')
    expect(words.slice(0, 5)).toEqual([
      'iam',
      'create-policy',
      '--policy-name',
      'stocktake-photos',
      '--policy-document',
    ])
    expect(JSON.parse(words[5] ?? '')).toEqual(plan.readerPolicy)
  })

  test('put a bucket policy only where there is none', async () => {
    const line = policy?.command ?? ''
    const noPolicy =
      'aws() { if [ "$2" = get-bucket-policy ]; then echo NoSuchBucketPolicy >&2; return 254; fi; printf "%s\\0" "$@"; }'
    const words = await argumentsOf(line, noPolicy)
    expect(words.slice(0, 4)).toEqual(['s3api', 'put-bucket-policy', '--bucket', 'inventory-bucket'])
    expect(JSON.parse(words[5] ?? '').Statement).toEqual([plan.statement])
    expect(
      await argumentsOf(line, 'aws() { if [ "$2" = get-bucket-policy ]; then echo "{}"; else printf "put\\0"; fi; }'),
    ).toEqual([])
    expect(
      await argumentsOf(line, 'aws() { if [ "$2" = get-bucket-policy ]; then return 1; else printf "put\\0"; fi; }'),
    ).toEqual([])
  })
})

test.each<[string, Record<string, unknown>, string]>([
  [
    'a source',
    { source_bucket: './photos' },
    'its source_bucket is a folder, /nowhere/photos: nothing is to be set up',
  ],
  [
    'a destination',
    { inventory: { destination_bucket: './reports', config_name: 'daily' } },
    'its destination_bucket is a folder, /nowhere/reports: nothing is to be set up',
  ],
  ['nothing', { inventory: undefined }, 'no inventory is configured'],
])('%s that is no bucket can not be set up', (_, others, message) =>
  expect(() => requireDelivered(connectorOf({}, others))).toThrow(message),
)
