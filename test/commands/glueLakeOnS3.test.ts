import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Glue } from '../../src/lake/glue.js'
import { describeWithOracles, duckdbExtension } from '../oracles/oracles.js'
import { newDatabase, openTestGlue, withPyiceberg } from '../services/glue.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, openTestStore, type S3Service } from '../services/s3Service.js'
import { stubCredentials } from '../services/stubCredentials.js'
import {
  FIRST_ROWS,
  FIRST_TIME,
  openSmallLake,
  openSmallPlace,
  SECOND_ROWS,
  SECOND_TIME,
  type SmallPlace,
} from './smallLake.js'

const SPEC = `
database: shop_{stage}
table: sales
columns:
  - { name: id, type: long, required: true }
  - { name: sold, type: timestamp, required: true }
  - { name: year, type: int, required: true, from: year(sold) }
partition: [{ column: year }]
`
const INSERTS = 3
const rowOf = (id: number) => JSON.stringify({ id, sold: `${2025 + (id % 2)}-03-04T05:06:07` })

describeWithOracles('a lake whose catalog is Glue', () => {
  let service: S3Service
  let glue: Glue
  let bucket: string
  let place: SmallPlace
  let folder: SmallPlace
  const database = newDatabase()
  beforeAll(async () => {
    service = await startMiniStack()
    glue = await openTestGlue(service)
    bucket = await createBucket(service)
    stubCredentials(service)
    folder = await openSmallLake()
    place = await openSmallPlace()
    await configure(`{ type: glue, database: ${database} }`)
    await place.putReport(FIRST_TIME, FIRST_ROWS)
    await place.putReport(SECOND_TIME, SECOND_ROWS)
    await mkdir(join(place.folder, 'config/tables'), { recursive: true })
    await writeFile(join(place.folder, 'config/tables/sales.yaml'), SPEC)
    for (let i = 0; i < INSERTS; i++)
      await writeFile(join(place.folder, `${i}.ndjson`), `${rowOf(2 * i)}\n${rowOf(2 * i + 1)}\n`)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await folder?.remove()
    await place?.remove()
    await service?.stop()
  })

  const configure = (catalog: string, lake = `s3://${bucket}/the lake/ü`) =>
    writeFile(
      join(place.folder, 'stocktake.yaml'),
      `lake: ${JSON.stringify(lake)}
catalog: ${catalog}
aws: { region: us-east-1, endpoint: '${service.endpoint}', path_style: true }
engine: { extensions: ${dirname(duckdbExtension('httpfs'))} }
connectors:
  photos:
    source_bucket: ./photo-bucket
    inventory: { destination_bucket: ./reports, config_name: daily }
    schedule: daily
`,
    )
  const ok = async (...args: string[]) => {
    const answer = await place.run(...args)
    expect(answer).toMatchObject({ code: 0 })
    return answer
  }

  test('is looked at before it is there', async () => {
    expect((await place.run('doctor')).stdout).toContain(
      `warn  catalog         Glue at ${service.endpoint}, database ${database}: not there yet`,
    )
    expect((await ok('tables', 'create', 'sales', '--dry-run')).stdout).toContain(
      `ok    catalog         Glue, database ${database}: not there yet, it would be made`,
    )
    expect(await glue.findDatabase(database)).toBeUndefined()
  })

  test('is made by init, with its database', async () => {
    const made = `the database ${database} in Glue at ${service.endpoint}`
    expect((await ok('init')).stderr).toContain(`made  the lake s3://${bucket}/the lake/ü\nmade  ${made}\n`)
    expect((await ok('init')).stderr).toContain(`kept  the lake s3://${bucket}/the lake/ü\nkept  ${made}\n`)
    expect(await glue.findDatabase(database)).toMatchObject({ location: `s3://${bucket}/the lake/ü/tables` })
    expect((await place.run('doctor')).stdout).toContain(
      `ok    catalog         Glue at ${service.endpoint}, database ${database}: 0 tables`,
    )
  })

  test('takes imports, into tables that Glue knows', async () => {
    await ok('import', 'photos', '--all')
    expect((await ok('import', 'photos', '--all')).stderr).not.toContain('imported')
    const names: string[] = []
    for await (const { name } of glue.listTables(database)) names.push(name)
    expect(names.sort()).toEqual(['changes_v1', 'folders_v1', 'objects_v1', 'snapshots_v1'])
    const store = await openTestStore(service, { bucket, prefix: 'the lake/ü' })
    for await (const { key } of store.list('tables/')) expect(key).not.toMatch(/version-hint|\/v\d+\.metadata/)
  })

  test.each([
    [['snapshots', 'photos']],
    [['folders', 'photos', '--depth', '2']],
    [['files', 'photos', '2026/', '--versions']],
    [['diff', 'photos']],
    [['query', 'select * exclude (import_id) from objects_latest order by key, version_id']],
    [['query', 'select connector, key, change from changes_latest order by key']],
    [['report', 'classes', 'photos']],
  ])('answers %j as a lake in a folder does', async args => {
    const answers = []
    for (const { rows } of [place, folder]) answers.push((await rows(...args)).map(withoutOrigin))
    expect(answers[0]).toEqual(answers[1])
    expect(answers[0]?.length).toBeGreaterThan(0)
  })

  test('is read by pyiceberg through Glue', async () => {
    const rows = await withPyiceberg(service, `${database}.objects_v1`, 'read')
    const ours = await place.rows('query', 'select key, size from objects order by all')
    const theirs = rows.slice(0, -1).map(({ key, size }) => ({ key, size }))
    expect(theirs.length).toBe(13)
    expect(new Set(theirs.map(row => JSON.stringify(row)))).toEqual(new Set(ours.map(row => JSON.stringify(row))))
  })

  test('prints views for DuckDB that name the metadata of now', async () => {
    const { stdout } = await ok('views')
    expect(stdout).toMatch(/iceberg_scan\('s3:\/\/[^']*\/tables\/objects_v1\/metadata\/\d{5}-[^']*\.metadata\.json'/)
  })

  const ids = async () => (await place.rows('query', 'select id from sales order by id')).map(({ id }) => Number(id))
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

  test('has declared tables in databases of their own, which are evolved, rolled back and dropped', async () => {
    expect((await ok('tables', 'create', 'sales')).stdout).toContain(
      `ok    catalog         Glue, database ${database}, 4 tables`,
    )
    expect(await glue.findTable('shop_dev', 'sales')).toMatchObject({ parameters: { table_type: 'ICEBERG' } })
    for (let i = 0; i < INSERTS; i++) await ok('tables', 'insert', 'sales', `${i}.ndjson`, '--batch', `b${i}`)
    await ok('tables', 'evolve', 'sales', '--add', 'color string')
    const columns = (await glue.findTable('shop_dev', 'sales'))?.columns.map(({ name, type }) => `${name} ${type}`)
    expect(columns).toEqual(['id bigint', 'sold timestamp', 'year int', 'color string'])
    expect(await place.run('maintain')).toEqual({ code: 0, stdout: '', stderr: 'nothing to do\n' })
    expect(await ids()).toEqual(upTo(2 * INSERTS))
    const first = (await place.rows('tables', 'history', 'sales')).at(-1)
    await ok('tables', 'rollback', 'sales', '--to', String(first?.snapshot), '--yes')
    expect(await ids()).toEqual(upTo(2))
    const verified = (await place.run('tables', 'verify', 'sales')).stdout
    expect(verified).toContain('ok    table           shop_dev.sales, format 2, version 5 of its metadata\n')
    expect(verified).toContain('ok    rows            DuckDB counts 2, as the manifests do\n')
    const theirs = await withPyiceberg(service, 'shop_dev.sales', 'read')
    expect(
      theirs
        .slice(0, -1)
        .map(({ id }) => id)
        .sort(),
    ).toEqual([0, 1])
    await ok('tables', 'drop', 'sales', '--yes')
    expect(await glue.findTable('shop_dev', 'sales')).toBeUndefined()
    const store = await openTestStore(service, { bucket, prefix: 'the lake/ü' })
    for await (const { key } of store.list('tables/shop_dev.sales/')) throw new Error(`${key} is still there`)
  })

  test('is maintained: what expired goes, and nothing that Glue names', async () => {
    await ok('maintain')
    expect(await place.rows('snapshots', 'photos')).toHaveLength(2)
    expect(await withPyiceberg(service, `${database}.snapshots_v1`, 'read')).toHaveLength(3)
  })

  test.each([
    [
      'files',
      '{ type: files }',
      undefined,
      /: expected a lake whose catalog is files, got one whose catalog is Glue, database test_\w+; set catalog to \{ type: glue, /,
    ],
    [
      'another database',
      '{ type: glue, database: other }',
      undefined,
      /expected a lake whose catalog is Glue, database other, got/,
    ],
    [
      'Glue for a folder',
      '{ type: glue, database: stock }',
      './lake',
      /catalog: expected files, for a lake in a folder, got glue, for …\/lake; set lake/,
    ],
  ])('is no lake of %s: nothing is read or written then', async (_, catalog, lake, told) => {
    await configure(catalog, lake)
    for (const args of [
      ['import', 'photos'],
      ['snapshots'],
      ['query', 'select 1 from objects'],
      ['init'],
      ['maintain'],
      ['jobs', 'list'],
      ['views'],
      ['tables', 'drop', 'sales', '--yes'],
      ['scan', 'photos'],
    ]) {
      const answer = await place.run(...args)
      expect([args, answer.code, answer.stderr]).toEqual([args, 2, expect.stringMatching(told)])
    }
    expect((await place.run('doctor')).stdout).toMatch(/^fail {2}lake /m)
    expect(await glue.findDatabase('other')).toBeUndefined()
    await configure(`{ type: glue, database: ${database} }`)
  })

  test('of files is no lake of Glue', async () => {
    await configure('{ type: files }', `s3://${bucket}/files`)
    await ok('init')
    await configure('{ type: glue, database: third }', `s3://${bucket}/files`)
    expect(await place.run('import', 'photos')).toMatchObject({
      ...{
        code: 2,
        stderr: expect.stringContaining(
          'got one whose catalog is files; set catalog to { type: files }, or lake to another place',
        ),
      },
    })
    expect(await glue.findDatabase('third')).toBeUndefined()
    await configure(`{ type: glue, database: ${database} }`)
  })
})

/** What differs between two imports of one report. */
const withoutOrigin = (row: Record<string, unknown>) => {
  const { import_id, imported_at, duration_ms, peak_memory_bytes, get_requests, list_requests, ...rest } = row
  return rest
}
