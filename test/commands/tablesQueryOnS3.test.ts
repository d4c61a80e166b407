import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { describeWithOracles, duckdbExtension } from '../oracles/oracles.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, type S3Service } from '../services/s3Service.js'
import { stubCredentials } from '../services/stubCredentials.js'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'

describeWithOracles('questions to a declared table on S3', () => {
  let service: S3Service
  let place: CommandFolder
  beforeAll(async () => {
    service = await startMiniStack()
    stubCredentials(service)
    place = await openCommandFolder()
    await place.configure(`lake: 's3://${await createBucket(service)}/the lake/ü'
aws: { region: us-east-1, endpoint: '${service.endpoint}', path_style: true }
engine: { extensions: ${dirname(duckdbExtension('httpfs'))} }
`)
    expect((await place.run(['tables', 'create', 'sales_history'])).code).toBe(0)
    const sales = ['2024-06-01', '2025-06-02', '2025-12-31'].map((sold_date, i) => ({
      ...{ product_id: `p${i}`, tenant_id: 't', category: 'denim', sold_price: '10.50', sold_date },
    }))
    const file = join(place.folder, 'sales.jsonl')
    await writeFile(file, sales.map(sale => `${JSON.stringify(sale)}\n`).join(''))
    expect(await place.run(['tables', 'insert', 'sales_history', file])).toMatchObject({ code: 0 })
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await place?.remove()
    await service?.stop()
  })

  test('are answered from the files that are asked for', async () => {
    const query = ['tables', 'query', 'partition_pruning', '--param', 'month=6']
    expect((await place.rows(query)).map(row => [row.year, row.total_usd, row.read_file_count])).toEqual([
      [2024, 10.5, 2],
      [2025, 10.5, 2],
    ])
    expect((await place.run([...query, '--param', 'from_year=2025'])).stderr).toMatch(/^read 1 of 3 files \(/)
  })

  test('may be asked as SQL', async () => {
    const sql = 'select count(*) as n from sales_history where sold_price = 10.5'
    expect(await place.rows(['query', sql])).toEqual([{ n: 3 }])
  })
})
