import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { S3 } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { describeWithOracles, duckdbExtension } from '../oracles/oracles.js'
import { startMiniStack } from '../services/miniStack.js'
import type { S3Service } from '../services/s3Service.js'
import { stubCredentials } from '../services/stubCredentials.js'
import { describeWithVersityGw, startVersityGw } from '../services/versityGw.js'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'

const SPEC = `database: shop_{stage}
table: sales
columns:
  - { name: id, type: long, required: true }
  - { name: sold, type: timestamp, required: true }
  - { name: year, type: int, from: year(sold) }
partition: [{ column: year, transform: identity }]
`

/** The SDK's own, in the bucket's region, as the server wants it. */
const clientOf = ({ endpoint, credentials }: S3Service): S3 =>
  new S3({ region: 'eu-west-1', endpoint, forcePathStyle: true, credentials })

describeWithOracles('declared tables on S3', () => {
  let service: S3Service
  let place: CommandFolder
  const bucket = `tables-${randomBytes(6).toString('hex')}`

  beforeAll(async () => {
    service = await startMiniStack()
    stubCredentials(service)
    place = await openCommandFolder()
    await configure('eu-west-1')
    const folder = join(place.folder, 'config', 'tables')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'sales.yaml'), SPEC)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await place?.remove()
    await service?.stop()
  })

  const configure = (region: string, name = bucket) =>
    place.configure(`lake: 's3://${name}/the lake/ü'
aws: { region: ${region}, endpoint: '${service.endpoint}', path_style: true }
engine: { extensions: ${dirname(duckdbExtension('httpfs'))} }
`)

  const tables = (...args: string[]) => place.run(['tables', ...args])
  const told = async (...args: string[]) => {
    const { code, stdout } = await tables(...args)
    return [code, stdout.replaceAll(bucket, 'BUCKET').replace(/(?<=credentials {5}).*/, 'WHO')] as const
  }

  test('a bucket that is not there is told, with what creates it; nothing is written', async () => {
    const fix = '                      fix: --create-bucket creates it, with public access blocked\n'
    const there = 'ok    credentials     WHO\n'
    expect(await told('create', 'sales')).toEqual([
      1,
      `${there}fail  bucket          s3://BUCKET: no such bucket\n${fix}`,
    ])
    expect(await told('create', 'sales', '--create-bucket', '--dry-run')).toEqual([
      0,
      `${there}ok    bucket          s3://BUCKET would be created in eu-west-1, and all in it\n`,
    ])
    const { Buckets = [] } = await clientOf(service).listBuckets({})
    expect(Buckets.filter(({ Name }) => Name === bucket)).toEqual([])
  })

  test('--create-bucket creates it, closed to the public, and the lake and the table in it', async () => {
    const [code, stdout] = await told('create', 'sales', '--create-bucket')
    expect([code, stdout.split('\n')]).toEqual([
      0,
      [
        'ok    credentials     WHO',
        'ok    bucket          created s3://BUCKET in eu-west-1, public access blocked',
        'ok    lake            made s3://BUCKET/the lake/ü: reads, writes, and refuses a second create',
        'ok    catalog         files of the lake, 0 tables',
        'ok    sales           shop_dev.sales: created, 3 columns, partitioned by year',
        '',
      ],
    ])
    const client = clientOf(service)
    const { PublicAccessBlockConfiguration: blocked } = await client.getPublicAccessBlock({ Bucket: bucket })
    expect(blocked).toEqual({
      ...{ BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true },
    })
    expect((await client.getBucketLocation({ Bucket: bucket })).LocationConstraint).toBe('eu-west-1')
  })

  test('again, nothing is done', async () => {
    const [code, stdout] = await told('create', 'sales', '--create-bucket')
    expect([code, stdout.split('\n').slice(1, 6)]).toEqual([
      0,
      [
        'ok    bucket          s3://BUCKET can be listed',
        'ok    lake            s3://BUCKET/the lake/ü: reads, writes, and refuses a second create',
        'ok    catalog         files of the lake, 1 table',
        'ok    sales           shop_dev.sales: is there as declared, nothing to do',
        '',
      ],
    ])
  })

  test('what is there is verified', async () => {
    const rows = Array.from({ length: 20 }, (_, id) => JSON.stringify({ id, sold: `202${id % 3}-06-01T00:00:00Z` }))
    await writeFile(join(place.folder, 'rows.jsonl'), rows.join('\n'))
    expect(await tables('insert', 'sales', 'rows.jsonl')).toMatchObject({ code: 0 })
    const [code, stdout] = await told('verify', 'sales')
    expect([code, stdout.split('\n').filter(line => line.startsWith('fail'))]).toEqual([0, []])
    expect(stdout).toMatch(/^ok {4}rows {12}DuckDB counts 20, as the manifests do$/m)
    expect(stdout).toMatch(/^ok {4}readable {8}the footers are|the rows of the footers are those of the manifests$/m)
  })

  test('a bucket that may become public is warned of', async () => {
    await clientOf(service).deletePublicAccessBlock({ Bucket: bucket })
    const [code, stdout] = await told('create', 'sales')
    expect(code).toBe(0)
    expect(stdout).toContain('warn  bucket          s3://BUCKET can be listed; public access to it is not blocked')
    expect(stdout).toContain('fix: aws s3api put-public-access-block --bucket BUCKET')
  })

  test('it is dropped', async () => {
    expect(await tables('drop', 'sales', '--yes')).toMatchObject({
      ...{ code: 0, stderr: expect.stringMatching(/^dropped shop_dev\.sales: 20 rows and all earlier states, /) },
    })
    const { Contents = [] } = await clientOf(service).listObjectsV2({ Bucket: bucket, Prefix: 'the lake/ü/tables/' })
    expect(Contents.map(({ Key }) => Key)).toEqual([expect.stringMatching(/v\d+\.metadata\.json$/)])
  })

  test('in us-east-1, and of two at once, one bucket', async () => {
    const name = `${bucket}-east`
    await configure('us-east-1', name)
    const answers = await Promise.all([1, 2].map(() => tables('create', 'sales', '--create-bucket')))
    expect(answers.map(({ code }) => code)).toEqual([0, 0])
    expect((await tables('verify', 'sales')).stdout).toContain('warn  data            no rows yet')
  })
})

describeWithVersityGw('a server that knows no blocking of public access', () => {
  test('a bucket that was made there is warned of whenever it is to be created', async () => {
    const [service, place] = [await startVersityGw(), await openCommandFolder()]
    stubCredentials(service)
    try {
      await place.configure(`lake: s3://a-lake/lake
aws: { region: us-east-1, endpoint: '${service.endpoint}', path_style: true }
`)
      const create = async (...more: string[]) => {
        const { code, stdout } = await place.run(['tables', 'create', 'sales_history', ...more, '--format', 'json'])
        const [, bucket] = JSON.parse(stdout)
        return [code, bucket.status, bucket.found]
      }
      expect(await create('--create-bucket')).toEqual([
        ...[1, 'fail', expect.stringContaining('a new bucket where it could not be')],
      ])
      const unknown = "s3://a-lake can be listed; whether public access to it is blocked can't be told"
      expect(await create('--create-bucket')).toEqual([0, 'warn', unknown])
      expect(await create()).toEqual([0, 'ok', unknown])
    } finally {
      vi.unstubAllEnvs()
      await place.remove()
      await service.stop()
    }
  })
})
