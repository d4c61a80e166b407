import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'

describe('import by an engine elsewhere is refused before anything is made', () => {
  let place: CommandFolder
  beforeAll(async () => {
    place = await openCommandFolder()
  })
  afterAll(() => place.remove())

  const configure = (catalog: string, destination: string, lake = './lake') =>
    place.configure(`lake: ${lake}
catalog: ${catalog}
connectors:
  photos:
    source_bucket: photo-bucket
    inventory: { destination_bucket: ${destination}, prefix: inventory, config_name: daily }
`)

  test.each([
    ['trino', []],
    ['athena', []],
    ['trino', ['--queue']],
    ['trino', ['--at', '2026-01-20T01-00Z']],
  ])('by %s %j, in a lake whose catalog is its files', async (engine, more) => {
    await configure('{ type: files }', 'inventory-bucket')
    const { code, stderr } = await place.run(['import', 'photos', '--engine', engine, ...more])
    expect([code, stderr]).toEqual([
      2,
      `stocktake: import --engine ${engine}: expected a lake whose catalog is glue, as its tables are written by the engine, got files; import with --engine duckdb, or make a lake on S3 with catalog: { type: glue, database: … }\n`,
    ])
  })

  test('of reports in a folder', async () => {
    await configure('{ type: glue, database: lake_db }', './reports', 's3://lake-bucket/lake')
    const { code, stderr } = await place.run(['import', 'photos', '--engine', 'trino'])
    expect(code).toBe(2)
    expect(stderr).toContain('expected reports of photos in a bucket, where the engine reads them, got a folder')
  })

  test.each([
    [['--engine', 'spark'], /spark/],
    [['--max-scan', '1GB'], /--max-scan: expected --engine athena or trino with it/],
    [['--engine', 'trino', '--queue', '--max-scan', '1GB'], /max-scan/],
  ])('with %j', async (flags, message) => {
    await configure('{ type: files }', 'inventory-bucket')
    const { code, stderr } = await place.run(['import', 'photos', ...flags])
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })
})
