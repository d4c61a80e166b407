import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import type { IamPolicy } from '../../src/setup/readerPolicy.js'
import { type CommandFolder, openCommandFolder } from '../commands/commandFolder.js'
import { duckdbExtension } from '../oracles/oracles.js'
import { createBucket, openTestStore } from '../services/s3Service.js'
import { stubCredentials } from '../services/stubCredentials.js'
import { FIRST, SECOND, SOURCE } from '../snapshot/importing.js'
import { putCsv } from '../snapshot/reports.js'
import type { AthenaDouble } from './athenaDouble.js'
import { startAthenaOnTrino } from './athenaOnTrino.js'
import { type PolicyGuard, startPolicyGuard } from './policyGuard.js'

const servers = inject('trinoGlue')

// The policy that `setup --publish` prints for importers, in front of servers that would allow everything. What Athena itself
// asks of S3 and Glue on behalf of the importer isn't seen here.
describe.skipIf(!servers)("the importer's policy", () => {
  let place: CommandFolder
  let athena: AthenaDouble
  let guard: PolicyGuard | undefined
  let settings: (endpoint: string) => string
  let documents: Record<string, unknown>[]

  beforeAll(async () => {
    if (!servers) return
    const { glue, trino } = servers
    stubCredentials(glue)
    athena = await startAthenaOnTrino(trino)
    const [reports, bucket] = [await createBucket(glue), await createBucket(glue)]
    place = await openCommandFolder()
    settings = endpoint => `lake: s3://${bucket}/the lake
catalog: { type: glue, database: '${bucket.replaceAll('-', '_')}' }
aws: { region: us-east-1, endpoint: '${endpoint}', path_style: true }
engine: { extensions: ${dirname(duckdbExtension('httpfs'))} }
athena: { workgroup: primary, output: s3://acme-results/ }
connectors:
  photos:
    source_bucket: ${SOURCE.sourceBucket}
    inventory: { destination_bucket: ${reports}, prefix: ${SOURCE.prefix}, config_name: ${SOURCE.configName} }
`
    await place.configure(settings(glue.endpoint))
    await place.run(['init'])
    documents = await place.rows(['setup', '--publish', '--account', '123456789012'])
    const store = await openTestStore(glue, { bucket: reports })
    const rows = (n: number) =>
      Array.from({ length: n }, (_, i) => ({ key: `a/${i}.jpg`, size: i, lastModified: FIRST, eTag: `e${i}` }))
    await putCsv(store, FIRST, rows(20))
    await putCsv(store, SECOND, rows(30))
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await Promise.all([guard?.stop(), athena?.stop(), place?.remove()])
  })

  const policyOf = (name: string): IamPolicy =>
    documents.find(({ document }) => document === name)?.content as unknown as IamPolicy

  async function runUnder(policy: IamPolicy, args: readonly string[]) {
    if (!servers) throw new Error('no servers')
    await guard?.stop()
    guard = await startPolicyGuard(policy, { aws: servers.glue.endpoint, athena: athena.endpoint })
    await place.configure(settings(guard.endpoint))
    const { code, stderr } = await place.run(args, { env: { AWS_ENDPOINT_URL_ATHENA: guard.endpoint } })
    return { code, stderr, refused: guard.refused }
  }

  test.each([
    ['imports', ['import', 'photos', '--engine', 'athena', '--at', '2026-01-13T01-00Z'], []],
    ['with a base', ['import', 'photos', '--engine', 'athena'], []],
    ['once more', ['import', 'photos', '--engine', 'athena', '--again'], []],
    ['by a queue', ['import', 'photos', '--engine', 'athena', '--again', '--queue'], []],
  ])('is enough: %s', async (_, args, refused) => {
    const result = await runUnder(policyOf('iam_policy_importer'), args)
    expect([result.refused, result.code, result.stderr]).toEqual([refused, 0, expect.any(String)])
  })

  test.each([
    ['ReadGlue', /glue:GetTable /],
    ['CommitTables', /glue:UpdateTable .*(objects|folders|snapshots)_v1/],
    ['RegisterReport', /glue:CreateTable .*stocktake_import_/],
    ['WriteRowsAndState', /s3:PutObject .*\/state\//],
    ['ImportByAthena', /athena:StartQueryExecution/],
    ['ReadReports1', /s3:GetObject .*manifest/],
    ['ListReports1', /s3:ListBucket/],
    ['ReadLake', /s3:GetObject .*the lake/],
    ['ListLake', /s3:ListBucket .*the lake/],
  ])('has no more than is needed: without %s nothing is imported', async (sid, missing) => {
    const { Version, Statement } = policyOf('iam_policy_importer')
    const less = { Version, Statement: Statement.filter(({ Sid }) => Sid !== sid) }
    const { code, refused } = await runUnder(less, ['import', 'photos', '--engine', 'athena', '--again'])
    expect([code, refused.join('\n')]).toEqual([1, expect.stringMatching(missing)])
  })

  test('of who asks is not enough to import', async () => {
    const { code, refused } = await runUnder(policyOf('iam_policy_analyst'), ['import', 'photos', '--engine', 'athena'])
    expect([code, refused.length > 0]).toEqual([1, true])
  })
})
