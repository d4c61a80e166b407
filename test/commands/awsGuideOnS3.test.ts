import { readFileSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { writeReport } from '../../src/demo/writeReport.js'
import { packageFolder } from '../../src/packageFolder.js'
import { describeWithOracles, duckdbExtension } from '../oracles/oracles.js'
import { type InventoryConfigStub, startInventoryConfigStub } from '../services/inventoryConfigStub.js'
import { startMiniStack } from '../services/miniStack.js'
import { openClient, openTestStore, type S3Service } from '../services/s3Service.js'
import { stubCredentials } from '../services/stubCredentials.js'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'
import { followExamples, parseExamples, readShownFiles } from './docExamples.js'

const HOUR_MS = 3_600_000
const BUCKETS = ['photo-bucket', 'inventory-bucket', 'acme-lake', 'athena-results']
const guide = join(packageFolder(), 'docs', 'aws.md')

// AWS itself can't be had here: S3, STS and Glue are MiniStack's, and the calls about inventory configurations a stub's.
describeWithOracles('the guides to a bucket on S3', () => {
  let service: S3Service
  let stub: InventoryConfigStub
  let place: CommandFolder
  beforeAll(async () => {
    service = await startMiniStack()
    stub = await startInventoryConfigStub(service.endpoint)
    stubCredentials(service)
    for (const bucket of BUCKETS) await openClient(service).createBucket({ Bucket: bucket })
    await openClient(service).putObject({ Bucket: 'photo-bucket', Key: '2026/a.jpg', Body: 'abc' })
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await stub?.stop()
    await service?.stop()
  })
  beforeEach(async () => {
    place = await openCommandFolder()
    return () => place.remove()
  })

  async function stocktake(...args: string[]) {
    const { code, stdout, stderr } = await place.run(args)
    return { code, output: stderr + stdout }
  }

  /** Where the server is, which a reader's settings needn't say. */
  const reached = (aws: string) => aws.replace(' }', `, endpoint: '${stub.endpoint}', path_style: true }`)
  const engine = `engine: { extensions: ${dirname(duckdbExtension('httpfs'))} }\n`

  /** What S3 would do within 48 hours. */
  const deliver = async () =>
    writeReport(
      [...Array(1000).keys()].map(i => ({
        key: `${2020 + (i % 7)}/Köln ${i}.jpg`,
        size: 1000 * i,
        lastModified: new Date('2026-01-01T00:00:00Z'),
        eTag: String(i).padStart(32, '0'),
        storageClass: 'STANDARD',
      })),
      {
        sourceBucket: 'photo-bucket',
        destinationBucket: 'inventory-bucket',
        prefix: 'reports/',
        configName: 'weekly',
        takenAt: new Date(Date.now() - 8 * HOUR_MS),
        fields: ['bucket', 'key', 'size', 'last_modified_date', 'e_tag', 'storage_class'],
        filesCount: 2,
      },
      await openTestStore(service, { bucket: 'inventory-bucket' }),
    )

  test('docs/aws.md leads from settings to Athena as it shows', async () => {
    const [settings] = await readShownFiles(guide)
    await place.configure(`${settings?.text.replace(/^aws: .*$/m, reached)}${engine}`)
    const [before = '', after = ''] = readFileSync(guide, 'utf8').split('## 6. The first import')
    expect(parseExamples(before).length).toBeGreaterThan(5)
    expect(parseExamples(after).length).toBeGreaterThan(4)
    await followExamples(parseExamples(before), stocktake)
    await deliver()
    await followExamples(parseExamples(after), stocktake)
  })

  test('the five lines of README.md import a report', async () => {
    const readme = readFileSync(join(packageFolder(), 'README.md'), 'utf8')
    const [, block = ''] = /## Your first report[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme) ?? []
    const lines = block
      .split('\n')
      .map(line => line.replace(/ +#.*$/, ''))
      .filter(line => line !== '')
    expect(lines).toHaveLength(5)
    await deliver()
    for (const line of lines) {
      const [program, ...args] = line.split(' ')
      expect(program).toBe('stocktake')
      const { code, output } = await stocktake(...args)
      expect(code, `${line}\n${output}`).toBe(0)
      if (args[0] === 'init')
        await appendFile(join(place.folder, 'stocktake.yaml'), `${reached('aws: { region: us-east-1 }')}\n${engine}`)
    }
  })
})
