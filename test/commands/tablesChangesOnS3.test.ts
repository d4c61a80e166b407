import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { describeWithOracles, duckdbExtension } from '../oracles/oracles.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openTestStore, type S3Service } from '../services/s3Service.js'
import { stubCredentials } from '../services/stubCredentials.js'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'

const SPEC = `
database: shop_{stage}
table: sales
columns:
  - { name: id, type: long, required: true }
  - { name: tenant_id, type: string, required: true }
  - { name: sold, type: timestamp, required: true }
  - { name: year, type: int, required: true, from: year(sold) }
partition: [{ column: year }]
`
const rowOf = (id: number) => JSON.stringify({ id, tenant_id: `t${id % 2}`, sold: `${2025 + (id % 2)}-03-04T05:06:07` })

describeWithOracles('a declared table on S3', () => {
  let service: S3Service
  let bucket: string
  let place: CommandFolder
  beforeAll(async () => {
    service = await startMiniStack()
    bucket = await createBucket(service)
    stubCredentials(service)
    place = await openCommandFolder()
    await place.configure(`lake: s3://${bucket}/the lake
aws: { region: us-east-1, endpoint: '${service.endpoint}', path_style: true }
engine: { extensions: ${dirname(duckdbExtension('httpfs'))} }
`)
    await mkdir(join(place.folder, 'config/tables'), { recursive: true })
    await writeFile(join(place.folder, 'config/tables/sales.yaml'), SPEC)
    for (let i = 0; i < 10; i++)
      await writeFile(join(place.folder, `${i}.ndjson`), `${rowOf(2 * i)}\n${rowOf(2 * i + 1)}\n`)
    expect(await place.run(['init'])).toMatchObject({ code: 0 })
    expect(await place.run(['tables', 'create', 'sales'])).toMatchObject({ code: 0 })
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await place?.remove()
    await service?.stop()
  })

  const insert = async (i: number) =>
    expect(await place.run(['tables', 'insert', 'sales', `${i}.ndjson`, '--batch', `b${i}`])).toMatchObject({ code: 0 })
  const ids = async () => (await place.rows(['query', 'select id from sales order by id'])).map(({ id }) => Number(id))
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)
  const countFiles = async () => {
    let count = 0
    for await (const { key } of (await openTestStore(service, { bucket })).list(''))
      if (key.endsWith('.parquet')) count++
    return count
  }

  test('is evolved, put together, rolled back and set forward as one in a folder is', async () => {
    for (let i = 0; i < 10; i++) await insert(i)
    expect(await place.run(['tables', 'evolve', 'sales', '--add', 'color string'])).toMatchObject({ code: 0 })
    const [files, first] = [await countFiles(), (await place.rows(['tables', 'history', 'sales'])).at(-1)]
    expect(await place.run(['maintain', '--dry-run'])).toMatchObject({
      ...{ code: 0, stderr: '' },
      stdout: expect.stringMatching(/would merge files +shop_dev\.sales +18 +files +.*20 become 2/),
    })
    expect(await countFiles()).toBe(files)
    expect(await place.run(['maintain'])).toMatchObject({ code: 0, stderr: '' })
    expect([await countFiles(), await ids()]).toEqual([files + 2, upTo(20)])
    expect(await place.run(['maintain'])).toEqual({ code: 0, stdout: '', stderr: 'nothing to do\n' })
    const [newest] = await place.rows(['tables', 'history', 'sales'])
    expect(newest).toMatchObject({ operation: 'replace', row_count: 20, changes: ['new column color string'] })
    const rollBack = (to: unknown) => place.run(['tables', 'rollback', 'sales', '--to', String(to), '--yes'])
    expect(await rollBack(first?.snapshot)).toMatchObject({ code: 0 })
    expect(await ids()).toEqual(upTo(2))
    expect(await rollBack(newest?.snapshot)).toMatchObject({ code: 0 })
    expect(await ids()).toEqual(upTo(20))
  })
})
