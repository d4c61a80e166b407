// biome-ignore-all lint/suspicious/noTemplateCurlyInString: as policies escape what patterns mean
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseConnector } from '../../src/config/connector.js'
import {
  type PublishPolicyOptions,
  planAnalystPolicy,
  planImporterPolicy,
  planPublisherPolicy,
} from '../../src/setup/publishPolicies.js'
import { type CommandFolder, openCommandFolder } from '../commands/commandFolder.js'

const OPTIONS: PublishPolicyOptions = {
  partition: 'aws',
  region: 'eu-west-1',
  account: '123456789012',
  lake: { bucket: 'acme-lake', prefix: 'stock*take' },
  databases: ['stocktake', 'pricing_intelligence_dev'],
  connectors: [
    parseConnector(
      'photos',
      {
        source_bucket: 'photo-bucket',
        inventory: { destination_bucket: 'inventory-bucket', prefix: 'inv', config_name: 'daily' },
      },
      '/',
    ),
    parseConnector(
      'local',
      { source_bucket: './folder', inventory: { destination_bucket: './reports', config_name: 'd' } },
      '/',
    ),
  ],
  workgroup: 'primary',
  results: { bucket: 'acme-results', prefix: 'athena' },
}

const GLUE = [
  'arn:aws:glue:eu-west-1:123456789012:catalog',
  'arn:aws:glue:eu-west-1:123456789012:database/stocktake',
  'arn:aws:glue:eu-west-1:123456789012:table/stocktake/*',
  'arn:aws:glue:eu-west-1:123456789012:database/pricing_intelligence_dev',
  'arn:aws:glue:eu-west-1:123456789012:table/pricing_intelligence_dev/*',
]

/** Action to resources. */
const grants = ({ Statement }: ReturnType<typeof planPublisherPolicy>) =>
  Statement.flatMap(({ Action, Resource }) => [Action].flat().map(action => [action, [Resource].flat()] as const))

describe('who publishes', () => {
  const all = grants(planPublisherPolicy(OPTIONS))

  test('writes to Glue, to the state of the lake and beside its metadata, and nowhere else', () => {
    expect(all.filter(([action]) => action.startsWith('glue:')).map(([, resources]) => resources)).toEqual(
      Array(7).fill(GLUE),
    )
    const writes = all.filter(([action]) => /^s3:(Put|Delete)/.test(action))
    expect(writes).toEqual([
      ['s3:PutObject', ['arn:aws:s3:::acme-lake/stock${*}take/state/*']],
      ['s3:DeleteObject', ['arn:aws:s3:::acme-lake/stock${*}take/state/*']],
      ['s3:PutObject', ['arn:aws:s3:::acme-lake/stock${*}take/tables/*/metadata/*-*.metadata.json']],
    ])
  })

  test('reads manifests of reports in buckets', () => {
    const reads = all.filter(([action]) => action === 's3:GetObject').map(([, resources]) => resources)
    expect(reads).toEqual([
      ['arn:aws:s3:::acme-lake/stock${*}take/*'],
      [
        'arn:aws:s3:::inventory-bucket/inv/photo-bucket/*/manifest.json',
        'arn:aws:s3:::inventory-bucket/inv/photo-bucket/*/manifest.checksum',
      ],
    ])
  })
})

describe('who asks by Athena', () => {
  const all = grants(planAnalystPolicy(OPTIONS))

  test('changes nothing but results', () => {
    const changing = all.filter(([action]) => !/:(Get|List|Start|Stop)/.test(action))
    expect(changing).toEqual([
      ['s3:PutObject', ['arn:aws:s3:::acme-results/athena/*']],
      ['s3:AbortMultipartUpload', ['arn:aws:s3:::acme-results/athena/*']],
    ])
    expect(all.filter(([action]) => action === 'athena:StartQueryExecution')).toEqual([
      ['athena:StartQueryExecution', ['arn:aws:athena:eu-west-1:123456789012:workgroup/primary']],
    ])
  })

  test('reads tables and reports, and no state of the lake', () => {
    expect(all.filter(([action]) => action === 's3:GetObject').map(([, resources]) => resources)).toEqual([
      ['arn:aws:s3:::acme-lake/stock${*}take/tables/*', 'arn:aws:s3:::acme-lake/stock${*}take/processed/*'],
      ['arn:aws:s3:::inventory-bucket/inv/photo-bucket/*'],
      ['arn:aws:s3:::acme-results/athena/*'],
    ])
  })
})

describe('who imports by Athena', () => {
  const all = grants(planImporterPolicy(OPTIONS))
  const resourcesOf = (wanted: RegExp) =>
    all.filter(([action]) => wanted.test(action)).map(([action, resources]) => [action, resources.map(shorten)])
  const shorten = (resource: string) =>
    resource.replace('arn:aws:glue:eu-west-1:123456789012:', '').replace('arn:aws:s3:::', '')

  test("commits to the lake's own tables, and makes and removes those of its own making", () => {
    const lake = ['catalog', 'database/stocktake']
    const own = ['objects_v1', 'folders_v1', 'changes_v1', 'snapshots_v1'].map(name => `table/stocktake/${name}`)
    const temporary = [...lake, 'table/stocktake/stocktake_import_*']
    expect(resourcesOf(/^glue:(?!Get)/)).toEqual([
      ['glue:CreateTable', [...lake, ...own]],
      ['glue:UpdateTable', [...lake, ...own]],
      ['glue:CreateTable', temporary],
      ['glue:DeleteTable', temporary],
    ])
  })

  test('writes rows, state, lists of files and results, and nothing else', () => {
    const lake = ['tables/', 'state/', 'work/imports/'].map(folder => `acme-lake/stock$\{*}take/${folder}*`)
    expect(resourcesOf(/^s3:(Put|Delete)/)).toEqual([
      ['s3:PutObject', ['acme-lake/stock${*}take/lake.json']],
      ['s3:PutObject', lake],
      ['s3:DeleteObject', lake],
      ['s3:PutObject', ['acme-results/athena/*']],
    ])
  })

  test('reads the lake, reports and results', () => {
    expect(resourcesOf(/^s3:GetObject$/).flatMap(([, resources]) => resources)).toEqual([
      'acme-lake/stock${*}take/*',
      'inventory-bucket/inv/photo-bucket/*',
      'acme-results/athena/*',
    ])
    expect(all.filter(([action]) => /\*/.test(action))).toEqual([])
  })
})

describe('setup --publish', () => {
  let place: CommandFolder
  beforeAll(async () => {
    place = await openCommandFolder()
  })
  afterAll(() => place.remove())

  test.each([
    ['lake: ./lake', 'a lake on S3, where Athena, Trino and Spark can read it, got …/lake'],
    ['lake: s3://acme-lake/x', 'set publish.database'],
    [
      'lake: s3://acme-lake/x\ncatalog: { type: glue, database: a }\npublish: { database: b }',
      'publish.database: expected a, which is catalog.database',
    ],
  ])('of %j is refused', async (settings, message) => {
    await place.configure(`${settings}\n`)
    const { code, stderr } = await place.run(['publish'])
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })

  test('prints all three, with the lines that make them', async () => {
    await place.configure(
      'lake: s3://acme-lake/x\npublish: { database: stocktake }\naws: { region: eu-west-1, endpoint: http://127.0.0.1:9 }\n',
    )
    const env = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y' }
    const { code, stdout, stderr } = await place.run(['setup', '--publish', '--account', '123456789012'], { env })
    expect([code, stderr]).toEqual([0, expect.stringContaining('without the connectors that live in the lake')])
    expect(stdout.match(/^aws iam create-policy --policy-name \S+/gm)).toEqual([
      'aws iam create-policy --policy-name stocktake-publisher',
      'aws iam create-policy --policy-name stocktake-analyst',
      'aws iam create-policy --policy-name stocktake-importer',
    ])
    expect(stdout).toContain('arn:aws:glue:eu-west-1:123456789012:table/stocktake/*')
    expect(stdout).toContain('<results-bucket> stands for')
  })

  test('without it wants a connector', async () =>
    expect(await place.run(['setup'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--publish') }))
})
