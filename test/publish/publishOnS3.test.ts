import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { AGENT_WORLD } from '../commands/agentPlace.js'
import { FIELDS, FIRST_ROWS, SECOND_ROWS } from '../commands/smallLake.js'
import { describeWithOracles } from '../oracles/oracles.js'
import { startMiniStack } from '../services/miniStack.js'
import type { S3Service } from '../services/s3Service.js'
import { stubCredentials } from '../services/stubCredentials.js'
import { openImportedPlace, type PublishPlace } from './publishPlace.js'

describeWithOracles('publishing a lake on S3', () => {
  let service: S3Service
  let place: PublishPlace
  beforeAll(async () => {
    service = await startMiniStack()
    stubCredentials(service)
    place = await openImportedPlace(service)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await place?.remove()
    await service?.stop()
  })

  const changed = async (...args: string[]) =>
    (await place.rows(['publish', ...args])).filter(({ change }) => change !== 'same')
  const report = () => place.glue.findTable(place.database, 'report_photos')

  test('shows what it would do, does it, and then has nothing to do', async () => {
    const planned = await changed('--dry-run')
    expect(await place.glue.findDatabase(place.database)).toBeUndefined()
    expect(planned.map(({ kind, change }) => `${kind} ${change}`)).toEqual([
      'database create',
      ...Array<string>(4).fill('table create'),
      ...Array<string>(8).fill('view create'),
      'report create',
    ])
    expect((await changed()).map(({ name }) => name)).toEqual(planned.map(({ name }) => name))
    expect(await changed()).toEqual([])
    expect(await place.run(['publish'])).toEqual({
      ...{ code: 0, stdout: '' },
      stderr: '13 entries are as they should be\n',
    })
  })

  test('is in the audit', async () => {
    const deeds = await place.rows([
      'query',
      "select outcome, detail from audit where action = 'publish' order by 1, 2",
    ])
    expect(deeds).toEqual([
      { outcome: 'done', detail: '{"created":14,"changed":0,"removed":0,"foreign":0}' },
      { outcome: 'unchanged', detail: '{"created":0,"changed":0,"removed":0,"foreign":0}' },
      { outcome: 'unchanged', detail: '{"created":0,"changed":0,"removed":0,"foreign":0}' },
    ])
  })

  test('counts only reports with the columns of the newest', async () => {
    expect((await report())?.parameters).toMatchObject({ 'projection.dt.range': '2026-01-19-01-00,NOW' })
    await place.putReport('2026-01-21T01:37Z', FIRST_ROWS, { fields: [...FIELDS, 'storage_class'] })
    expect(await changed()).toMatchObject([{ name: 'report_photos', change: 'change' }])
    expect((await report())?.parameters).toMatchObject({ 'projection.dt.range': '2026-01-21-01-37,NOW' })
    await place.putReport('2026-01-22T01:00Z', SECOND_ROWS, { fields: [...FIELDS, 'storage_class'] })
    await changed()
    expect((await report())?.parameters).toMatchObject({
      ...{ 'projection.dt.range': '2026-01-21-01-37,NOW', 'stocktake.up_to': '2026-01-22T01-00Z' },
    })
  })

  test('two at once do what one does', async () => {
    await place.done('import', 'photos')
    const both = await Promise.all([place.run(['publish']), place.run(['publish'])])
    expect(both.map(({ code, stderr }) => [code, stderr.includes('stocktake:')])).toEqual([
      [0, false],
      [0, false],
    ])
    expect(await changed()).toEqual([])
  })

  test('comes after each import where that is wanted, and its failure fails no import', async () => {
    const text = await readFile(join(place.folder, 'stocktake.yaml'), 'utf8')
    const [head = ''] = text.split('connectors:')
    const configure = (database: string) =>
      place.configure(`${head.replace(/^publish: .*$/m, `publish: { database: ${database}, after_import: true }`)}
connectors: { listed: { source_bucket: ./photo-bucket, scan_mode: full } }
`)
    await configure(place.database)
    await writeFile(join(place.folder, 'photo-bucket', 'a.jpg'), 'a')
    const before = await place.glue.findTable(place.database, 'snapshots_v1')
    await place.done('scan', 'listed')
    const after = await place.glue.findTable(place.database, 'snapshots_v1')
    expect(after?.parameters.metadata_location).not.toBe(before?.parameters.metadata_location)
    expect(await report()).toBeUndefined() // of a connector that is no more

    await place.glue.createDatabase({ Name: `${place.database}_2` })
    await place.glue.createTable(`${place.database}_2`, { Name: 'objects_v1', Parameters: { table_type: 'ICEBERG' } })
    await configure(`${place.database}_2`)
    const { code, stderr } = await place.run(['scan', 'listed'])
    expect([code, stderr]).toEqual([0, expect.stringContaining('not published: ')])
  })

  test('by an agent is a job of its own', async () => {
    await place.glue.deleteTable(`${place.database}_2`, 'objects_v1')
    await place.done('scan', 'listed', '--queue')
    const { accessKeyId, secretAccessKey } = service.credentials
    const env = { ...AGENT_WORLD.env, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
    const agent = await place.run(['agent', '--until', 'idle'], { ...AGENT_WORLD, env })
    expect(agent.code).toBe(0)
    const jobs = await place.rows(['jobs', 'list', '--all'])
    expect(jobs.map(({ type, state }) => `${type} ${state}`).sort()).toEqual(['publish succeeded', 'scan succeeded'])
    expect(await place.glue.findTable(`${place.database}_2`, 'objects_latest')).toBeDefined()
  })

  test('of a lake whose catalog Glue is puts views and comments', async () => {
    const text = await readFile(join(place.folder, 'stocktake.yaml'), 'utf8')
    const database = `${place.database}_glue`
    await place.configure(
      text
        .replace(/^lake: .*$/m, `lake: ${place.store.url.replace('the lake', 'glue lake')}`)
        .replace(/^publish: .*$/m, `catalog: { type: glue, database: ${database} }`),
    )
    await place.done('init')
    await place.done('scan', 'listed')
    const tables = async () => {
      const found = new Map<string, string | undefined>()
      for await (const { name, parameters } of place.glue.listTables(database))
        found.set(name, parameters.metadata_location)
      return found
    }
    const before = await tables()
    expect([...before.keys()].sort()).toEqual(['changes_v1', 'folders_v1', 'objects_v1', 'snapshots_v1'])
    await changed()
    const after = await tables()
    for (const [name, location] of before) expect([name, after.get(name)]).toEqual([name, location])
    expect([...after.keys()]).toEqual(expect.arrayContaining(['objects', 'objects_latest', 'objects_current']))
    expect((await place.glue.findTable(database, 'objects_v1'))?.description).toContain('The view objects shows')
    expect(await changed()).toEqual([])
    await place.done('scan', 'listed') // the catalog passes on what publishing has put there
    expect(await changed()).toEqual([])
  })
})
