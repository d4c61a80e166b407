import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { writeReport } from '../../src/demo/writeReport.js'
import { describeWithOracles } from '../oracles/oracles.js'
import { type InventoryConfigStub, PLAIN_STUB, startInventoryConfigStub } from '../services/inventoryConfigStub.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openClient, openTestStore, type S3Service } from '../services/s3Service.js'
import { stubCredentials } from '../services/stubCredentials.js'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'

const ACCOUNT = '123456789012'

let place: CommandFolder
beforeEach(async () => {
  place = await openCommandFolder()
})
afterEach(() => place.remove())

const settingsOf = (source: string, destination: string, more = '', aws = 'region: eu-west-1') => `
aws: { ${aws} }
connectors:
  photos:
    source_bucket: ${source}
    inventory: { destination_bucket: ${destination}, prefix: reports/, config_name: weekly, ${more} }
`

describe('printing', () => {
  beforeEach(() => place.configure(settingsOf('photo-bucket', 'inventory-bucket')))

  test('each document comes with the line that puts it', async () => {
    const { code, stdout, stderr } = await place.run(['setup', 'photos', '--account', ACCOUNT])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.match(/^# .*/gm)).toEqual([
      '# bucket policy statement of s3://inventory-bucket: lets S3 deliver the reports there',
      '# the line puts it only where the bucket has no policy; to one that is there, add it, or use stocktake setup photos --apply',
      '# inventory configuration of s3://photo-bucket: makes S3 write the reports',
      '# the first report comes within 48 hours',
      '# iam policy: is all that who runs stocktake needs; printed only, never put',
      '# reports or a lake encrypted with a KMS key need kms:Decrypt on it, too, and a lake kms:GenerateDataKey',
    ])
    expect(stdout).toMatch(
      /^aws s3api put-bucket-inventory-configuration --bucket photo-bucket --id weekly .* --region eu-west-1$/m,
    )
    expect(stdout).toContain(`"aws:SourceAccount": "${ACCOUNT}"`)
  })

  test('without an account, says that a placeholder is one', async () => {
    const { code, stdout, stderr } = await place.run(['setup', 'photos'])
    expect(code).toBe(0)
    expect(stderr).toBe(
      "warning: <account> stands for the account of the source bucket's owner: name it with --account, or put it there yourself\n",
    )
    expect(stdout).toContain('"aws:SourceAccount": "<account>"')
    expect(stdout).not.toContain('AccountId')
  })

  test('as data, and by options', async () => {
    const options = ['--daily', '--inventory-format', 'ORC', '--versions', 'current', '--account', ACCOUNT]
    const documents = await place.rows(['setup', 'photos', ...options])
    expect(documents.map(({ document, bucket }) => [document, bucket])).toEqual([
      ['bucket_policy_statement', 'inventory-bucket'],
      ['inventory_configuration', 'photo-bucket'],
      ['iam_policy', null],
    ])
    expect(documents[1]?.content).toMatchObject({
      IncludedObjectVersions: 'Current',
      Schedule: { Frequency: 'Daily' },
      Destination: { S3BucketDestination: { Format: 'ORC', AccountId: ACCOUNT } },
    })
  })

  test('ARNs are those of the region', async () => {
    await place.configure(settingsOf('photo-bucket', 'inventory-bucket').replace('eu-west-1', 'cn-north-1'))
    expect((await place.run(['setup', 'photos'])).stdout).toContain('arn:aws-cn:s3:::inventory-bucket')
  })

  test.each<[string[], number, string]>([
    [['setup', 'phtos'], 3, 'did you mean photos?'],
    [['setup', 'photos', '--account', '123'], 2, 'expected the 12 digits of an AWS account, got "123"'],
    [['setup', 'photos', '--daily', '--weekly'], 2, 'expected either daily or weekly, got both'],
    [['setup', 'photos', '--yes'], 2, 'missing option'],
    [['setup', 'photos', '--inventory-format', 'csv'], 2, 'expected one of "CSV", "ORC", "Parquet"'],
  ])('%j is exit code %i', async (args, code, message) => {
    const answer = await place.run(args)
    expect([answer.code, answer.stderr]).toEqual([code, expect.stringContaining(message)])
  })

  test('a folder is not set up', async () => {
    await place.configure(settingsOf('photo-bucket', './reports'))
    for (const flags of [[], ['--apply', '--yes'], ['--verify']]) {
      const { code, stderr } = await place.run(['setup', 'photos', ...flags])
      expect([code, stderr]).toEqual([2, expect.stringContaining('its destination_bucket is a folder')])
    }
  })
})

// No S3 server that runs here has inventory configurations: the calls about them are answered by a stub in front of it.
describeWithOracles('on S3, with a stub that answers for inventory configurations', () => {
  let service: S3Service
  let stub: InventoryConfigStub
  let [source, destination] = ['', '']

  beforeAll(async () => {
    service = await startMiniStack()
    stub = await startInventoryConfigStub(service.endpoint)
    stubCredentials(service)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await stub?.stop()
    await service?.stop()
  })
  beforeEach(async () => {
    Object.assign(stub, PLAIN_STUB)
    source = await createBucket(service)
    destination = await createBucket(service)
    await configure()
  })

  const configure = (more = '') =>
    place.configure(
      settingsOf(source, destination, more, `region: us-east-1, endpoint: '${stub.endpoint}', path_style: true`),
    )
  const apply = (...flags: string[]) => place.run(['setup', 'photos', '--apply', '--account', ACCOUNT, ...flags])
  const verify = async (...flags: string[]) => {
    const rows = await place.rows(['setup', 'photos', '--verify', '--account', ACCOUNT, ...flags])
    return Object.fromEntries(rows.map(({ check, ...rest }) => [check, rest]))
  }
  const readPolicy = async () => {
    const { Policy } = await openClient(service).getBucketPolicy({ Bucket: destination })
    return Policy
  }
  const putPolicy = (Policy: string) => openClient(service).putBucketPolicy({ Bucket: destination, Policy })
  const stored = (id = 'weekly') => stub.configurations.get(source)?.get(id)
  const puts = () => stub.calls.filter(({ method, bucket }) => method === 'PUT' && bucket === source).length

  describe('--apply', () => {
    test('puts both, shows them before, and a second time changes nothing', async () => {
      const first = await apply('--yes')
      expect(first.code).toBe(0)
      expect(first.stdout).toContain(`bucket policy of s3://${destination}, to be made:\n+ {\n`)
      expect(first.stdout).toContain(
        `inventory configuration of s3://${source}, to be made:\n+ {\n+   "Id": "weekly",\n`,
      )
      expect(first.stderr).toBe(
        `put  bucket policy of s3://${destination}\nput  inventory configuration of s3://${source}\n` +
          'the IAM policy of who runs stocktake is never put: stocktake setup photos prints it\n',
      )
      expect(stored()).toContain('<Frequency>Weekly</Frequency>')
      expect(JSON.parse((await readPolicy()) ?? '').Statement).toHaveLength(1)

      const second = await apply()
      expect(second).toMatchObject({
        code: 0,
        stdout: `bucket policy of s3://${destination}: nothing to change\ninventory configuration of s3://${source}: nothing to change\n`,
      })
      expect(puts()).toBe(1)
    })

    test('asks on a terminal, and does nothing for a no', async () => {
      const asked: string[] = []
      const answering = (yes: boolean) => ({
        ask: async (question: string) => {
          asked.push(question)
          return yes
        },
      })
      const args = ['setup', 'photos', '--apply', '--account', ACCOUNT]
      const refused = await place.run(args, answering(false))
      expect([refused.code, refused.stderr]).toEqual([1, 'stocktake: nothing was changed\n'])
      expect(puts()).toBe(0)
      await expect(readPolicy()).rejects.toThrow()
      expect((await place.run(args, answering(true))).code).toBe(0)
      expect(puts()).toBe(1)
      expect((await place.run(args, answering(true))).code).toBe(0)
      expect(asked).toEqual(['put these 2?', 'put these 2?'])
    })

    test('off a terminal without --yes shows what it would do, and refuses', async () => {
      const { code, stdout, stderr } = await apply()
      expect([code, stderr]).toEqual([2, expect.stringContaining('expected a terminal to ask on, or --yes')])
      expect(stdout).toContain('to be made')
      expect(puts()).toBe(0)
    })

    test('asks STS for the account', async () => {
      const { code, stderr } = await place.run(['setup', 'photos', '--apply', '--yes'])
      expect(code, stderr).toBe(0)
      expect(await readPolicy()).toContain('"aws:SourceAccount":"000000000000"') // MiniStack's own
    })

    test('leaves the statements of others and other configurations as they are', async () => {
      const others =
        '{ "Sid":"Logs", "Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"*" }'
      await putPolicy(`{"Version":"2012-10-17","Statement":[${others}]}`)
      stub.configurations.set(
        source,
        new Map([['daily', '<InventoryConfiguration><Id>daily</Id></InventoryConfiguration>']]),
      )
      const { code, stdout } = await apply('--yes')
      expect(code).toBe(0)
      expect(stdout).toMatch(/policy of s3:\/\/\S+, to be changed:\n {2}\{\n/)
      expect(await readPolicy()).toContain(`"Statement":[${others},{"Sid":"StocktakeInventory-weekly-`)
      expect(stored('daily')).toBe('<InventoryConfiguration><Id>daily</Id></InventoryConfiguration>')
    })

    test('shows what differs in a configuration of the same id, replaces it, and keeps its encryption', async () => {
      await apply('--yes')
      await openClient({ ...service, endpoint: stub.endpoint }).putBucketInventoryConfiguration({
        Bucket: source,
        Id: 'weekly',
        InventoryConfiguration: {
          Id: 'weekly',
          IsEnabled: false,
          IncludedObjectVersions: 'All',
          Schedule: { Frequency: 'Weekly' },
          OptionalFields: ['ETag', 'Size'],
          Destination: {
            S3BucketDestination: {
              Bucket: `arn:aws:s3:::${destination}`,
              Prefix: 'reports',
              Format: 'Parquet',
              AccountId: ACCOUNT,
              Encryption: { SSEKMS: { KeyId: 'arn:aws:kms:eu-west-1:1:key/2' } },
            },
          },
        },
      })
      const { code, stdout } = await apply('--yes', '--daily')
      expect(code).toBe(0)
      const changed = stdout.split('\n').filter(line => /^[-+]/.test(line))
      expect(changed).toContain('-   "IsEnabled": false,')
      expect(changed).toContain('+   "IsEnabled": true,')
      expect(changed).toContain('-     "Frequency": "Weekly"')
      expect(changed).toContain('+     "Frequency": "Daily"')
      expect(changed.join()).not.toContain('KeyId')
      expect(stored()).toContain('<KeyId>arn:aws:kms:eu-west-1:1:key/2</KeyId>')
    })

    test('a policy that is changed between the showing and the put stays', async () => {
      let reads = 0
      const rival =
        '{"Version":"2012-10-17","Statement":[{"Sid":"Rival","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}'
      stub.before = async (method, path) => {
        if (method === 'GET' && path.includes('policy') && ++reads === 2) await putPolicy(rival)
        return undefined
      }
      const { code, stderr } = await apply('--yes')
      expect([code, stderr]).toEqual([1, expect.stringContaining('somebody changed it meanwhile')])
      expect(await readPolicy()).toBe(rival)
      expect(puts()).toBe(0)
    })

    test('a policy whose put is not answered is not put again: it may have changed meanwhile', async () => {
      let tries = 0
      stub.before = (method, path) =>
        method === 'PUT' && path.includes('policy') && ++tries === 1 ? { status: 503, code: 'SlowDown' } : undefined
      const { code, stderr } = await apply('--yes')
      expect([code, stderr]).toEqual([1, expect.stringContaining('503 SlowDown')])
      expect([tries, puts()]).toEqual([1, 0])
      expect((await apply('--yes')).code).toBe(0)
    })

    test('a configuration that is changed between the showing and the put stays', async () => {
      let reads = 0
      const rival = `<InventoryConfiguration><Id>weekly</Id><IsEnabled>true</IsEnabled><Destination><S3BucketDestination><Bucket>arn:aws:s3:::elsewhere</Bucket><Format>CSV</Format></S3BucketDestination></Destination><IncludedObjectVersions>All</IncludedObjectVersions><Schedule><Frequency>Daily</Frequency></Schedule></InventoryConfiguration>`
      stub.before = (method, path) => {
        if (method === 'GET' && path.includes('inventory') && ++reads === 3)
          stub.configurations.set(source, new Map([['weekly', rival]]))
        return undefined
      }
      const { code, stderr } = await apply('--yes')
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining('expected the inventory configuration weekly as it was shown'),
      ])
      expect(stored()).toBe(rival)
    })

    test("a bucket of another account is not set up for the caller's", async () => {
      stub.owner = '999999999999'
      const { code, stderr } = await apply('--yes')
      expect([code, stderr]).toEqual([
        2,
        expect.stringContaining(`expected a bucket of account ${ACCOUNT}, got another account's`),
      ])
      expect(puts()).toBe(0)
      expect((await place.run(['setup', 'photos', '--apply', '--yes', '--account', stub.owner])).code).toBe(0)
    })

    test('a source that is not there is told', async () => {
      source = 'no-such-bucket'
      await configure()
      const { code, stderr } = await apply('--yes')
      expect([code, stderr]).toEqual([3, expect.stringContaining('s3://no-such-bucket: expected a bucket')])
    })

    test('as data', async () => {
      const args = ['setup', 'photos', '--apply', '--yes', '--account', ACCOUNT]
      const first = await place.rows(args)
      expect(first.map(({ document, bucket, change }) => [document, bucket, change])).toEqual([
        ['bucket_policy', destination, 'create'],
        ['inventory_configuration', source, 'create'],
      ])
      expect((await place.rows(args)).map(({ change, diff }) => [change, diff])).toEqual([
        ['none', []],
        ['none', []],
      ])
    })
  })

  describe('--verify', () => {
    const deliver = async () =>
      writeReport(
        [{ key: 'a.jpg', size: 3n }],
        {
          sourceBucket: source,
          destinationBucket: destination,
          prefix: 'reports/',
          configName: 'weekly',
          takenAt: new Date(Date.now() - 3 * 3_600_000),
          fields: ['bucket', 'key', 'size'],
          filesCount: 1,
        },
        await openTestStore(service, { bucket: destination }),
      )

    test('nothing is there', async () => {
      stub.pageSize = 1
      const xml = (id: string) => `<InventoryConfiguration><Id>${id}</Id></InventoryConfiguration>`
      stub.configurations.set(source, new Map(['daily', 'b', 'c'].map(id => [id, xml(id)])))
      expect(await verify()).toMatchObject({
        configuration: { status: 'fail', found: `no weekly on s3://${source}; there are "b", "c", "daily"` },
        'bucket policy': { status: 'fail', found: `s3://${destination} has no policy: S3 can't deliver` },
        'newest report': { status: 'fail', found: `s3://${source} has no inventory configuration weekly` },
      })
    })

    test('a list that says there is more, and not where, has an end', async () => {
      stub.losesTokens = true
      stub.configurations.set(source, new Map([['b', '<InventoryConfiguration><Id>b</Id></InventoryConfiguration>']]))
      expect((await verify()).configuration).toMatchObject({ found: `no weekly on s3://${source}; there are "b"` })
    })

    test('all is there but the first report', async () => {
      await apply('--yes')
      expect(await verify()).toEqual({
        configuration: {
          status: 'ok',
          found: `weekly on s3://${source}: enabled, Weekly, Parquet, all versions, 15 optional fields, to s3://${destination}/reports/`,
          fix: null,
        },
        'bucket policy': {
          status: 'ok',
          found: expect.stringMatching(/lets S3 deliver \(Sid "StocktakeInventory-weekly-[0-9a-f]{8}"\)$/),
          fix: null,
        },
        'newest report': {
          status: 'warn',
          found: `configured, and waiting for the first report: no dated folder in s3://${destination}/reports/${source}/weekly/`,
          fix: expect.stringContaining('up to 48 hours'),
        },
      })
    })

    test('after --apply, in one go', async () => {
      const { code, stdout } = await apply('--yes', '--verify')
      expect(code).toBe(0)
      expect(stdout).toMatch(/^ok {4}configuration {3}weekly on /m)
    })

    test('a report has come', async () => {
      await apply('--yes')
      await deliver()
      expect((await verify())['newest report']).toMatchObject({
        status: 'ok',
        found: expect.stringMatching(/^newest report \S+, 3 h old: CSV, 1 file, \d+ B$/),
      })
    })

    test('what is there differs from the connector', async () => {
      await apply('--yes', '--daily', '--inventory-format', 'ORC')
      await configure('format: CSV')
      const { configuration } = await verify()
      expect(configuration).toMatchObject({ status: 'fail', fix: expect.stringContaining('setup photos --apply') })
      expect(configuration?.found).toContain("; the connector takes CSV; the connector's schedule is weekly")
    })

    test('a configuration that is disabled, or delivers elsewhere', async () => {
      await apply('--yes')
      const xml = stored() ?? ''
      stub.configurations.get(source)?.set('weekly', xml.replace('<IsEnabled>true', '<IsEnabled>false'))
      expect(await verify()).toMatchObject({
        configuration: { status: 'fail', found: expect.stringContaining('; it is disabled') },
        'newest report': { status: 'fail', found: 'the inventory configuration weekly is disabled' },
      })
      stub.configurations.get(source)?.set('weekly', xml.replace('<Prefix>reports<', '<Prefix>others<'))
      expect((await verify())['newest report']?.found).toBe(
        `the inventory configuration weekly delivers to s3://${destination}/others/, not to s3://${destination}/reports/`,
      )
    })

    test('a policy that denies', async () => {
      await apply('--yes')
      const policy = JSON.parse((await readPolicy()) ?? '')
      policy.Statement.push({ Sid: 'No', Effect: 'Deny', Principal: '*', Action: 's3:Put*', Resource: '*' })
      await putPolicy(JSON.stringify(policy))
      expect((await verify())['bucket policy']).toMatchObject({
        status: 'fail',
        found: `the policy of s3://${destination} denies it (Sid "No")`,
      })
    })

    test('who may not see it is told what is denied', async () => {
      stub.before = (_, path) => (/inventory|policy/.test(path) ? { status: 403, code: 'AccessDenied' } : undefined)
      expect(await verify()).toMatchObject({
        configuration: { status: 'fail', found: `s3:GetInventoryConfiguration denied on arn:aws:s3:::${source}` },
        'bucket policy': {
          status: 'fail',
          found: expect.stringContaining(`s3:GetBucketPolicy denied on arn:aws:s3:::${destination}`),
        },
      })
    })
  })
})
