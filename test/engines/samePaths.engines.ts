import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { METADATA_LOCATION } from '../../src/iceberg/glueEntry.js'
import { openPublishPlace, type PublishPlace } from '../publish/publishPlace.js'
import { runOnTrino } from './trinoClient.js'
import { GLUE_CATALOG } from './trinoGlue.js'

const servers = inject('trinoGlue')

// Trino keeps files of Iceberg tables in memory for an hour, by their path without the bucket: test/engines/trinoGlue.ts leaves it so.
describe.skipIf(!servers)('lakes whose tables have the same versions at the same path', () => {
  const places: PublishPlace[] = []
  beforeAll(() => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', servers?.glue.credentials.accessKeyId)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', servers?.glue.credentials.secretAccessKey)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    for (const place of places) await place.remove()
  })

  async function openPlace(): Promise<PublishPlace> {
    if (!servers) throw new Error('no Trino')
    const place = await openPublishPlace(servers.glue)
    places.push(place)
    return place
  }

  async function importAndPublish(place: PublishPlace, takenAt: string, ...keys: string[]): Promise<void> {
    await place.putReport(
      takenAt,
      keys.map(key => ({ key, size: 1, eTag: 'e', lastModified: new Date('2026-01-01T00:00Z') })),
    )
    await place.done('import', 'photos')
    await place.done('publish')
  }

  /** As Trino has them, by the view that people ask and by the stored table. */
  async function keysOf({ database }: PublishPlace): Promise<unknown[][]> {
    const ask = async (name: string) => {
      const sql = `select key from ${GLUE_CATALOG}.${database}.${name} order by 1`
      return (await runOnTrino(servers?.trino ?? '', sql)).rows.flat()
    }
    return [await ask('objects_latest'), await ask('objects_v1')]
  }

  /** The version of the table that Glue has, and where its tables are within the bucket. */
  async function publishedOf({ glue, database }: PublishPlace): Promise<readonly string[]> {
    const location = (await glue.findTable(database, 'objects_v1'))?.parameters[METADATA_LOCATION] ?? ''
    return /^s3:\/\/[^/]+\/(.*\/metadata\/\d{5})-[^/]*$/.exec(location)?.slice(1) ?? [location]
  }

  test('are each answered with their own rows, in two buckets', async () => {
    const [one, other] = [await openPlace(), await openPlace()]
    await importAndPublish(one, '2026-01-20T01:00Z', 'a.jpg', 'b.jpg')
    await importAndPublish(other, '2026-01-20T01:00Z', 'c.jpg')
    expect(await publishedOf(one)).toEqual(await publishedOf(other))
    expect(await keysOf(one)).toEqual([
      ['a.jpg', 'b.jpg'],
      ['a.jpg', 'b.jpg'],
    ])
    expect(await keysOf(other)).toEqual([['c.jpg'], ['c.jpg']])
  })

  test('are each answered with their own rows, one made where the other was', async () => {
    const place = await openPlace()
    await importAndPublish(place, '2026-01-20T01:00Z', 'a.jpg', 'b.jpg')
    const before = await publishedOf(place)
    expect(await keysOf(place)).toEqual([
      ['a.jpg', 'b.jpg'],
      ['a.jpg', 'b.jpg'],
    ])
    for await (const { key } of place.store.list('')) await place.store.remove(key)
    for await (const { name } of place.glue.listTables(place.database))
      await place.glue.deleteTable(place.database, name)
    await importAndPublish(place, '2026-01-21T01:00Z', 'c.jpg')
    expect(await publishedOf(place)).toEqual(before)
    expect(await keysOf(place)).toEqual([['c.jpg'], ['c.jpg']])
  })

  test('are as they were after Trino has removed what a follower doesn’t name', async () => {
    const place = await openPlace()
    await importAndPublish(place, '2026-01-20T01:00Z', 'a.jpg')
    await importAndPublish(place, '2026-01-21T01:00Z', 'a.jpg', 'b.jpg')
    const versions = async () => {
      const found: string[] = []
      for await (const { key } of place.store.list('tables/objects_v1/')) found.push(key)
      return found.filter(key => /\/(v\d+\.metadata\.json|version-hint\.text)$|\.parquet$/.test(key))
    }
    const before = await versions()
    const table = `${GLUE_CATALOG}.${place.database}.objects_v1`
    await runOnTrino(
      servers?.trino ?? '',
      `alter table ${table} execute remove_orphan_files(retention_threshold => '0s')`,
    )
    expect(await versions()).toEqual(before)
    expect(await place.rows(['files', 'photos'])).toMatchObject([{ key: 'a.jpg' }, { key: 'b.jpg' }])
    expect((await place.run(['publish'])).code).toBe(0)
  })
})
