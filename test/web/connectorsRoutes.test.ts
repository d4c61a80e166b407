import { beforeEach, describe, expect, test } from 'vitest'
import { connector as connectorShape } from '../../src/api/connectors.js'
import { toConnector } from '../../src/config/connector.js'
import { connectorSchema } from '../../src/config/schema.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import { type BareApi, listDeeds, openBareApi } from './bareApi.js'

const SETTINGS = {
  source_bucket: 'photo-bucket',
  inventory: { destination_bucket: 'report-bucket', config_name: 'daily', fields: { size: 'Bytes' } },
  freshness: { warn_after: '2d' },
}
const declared = toConnector('filed', connectorSchema.parse({ source_bucket: 'a-bucket' }), '/', 'stocktake.yaml:3:3')

let api: BareApi
beforeEach(() => {
  api = openBareApi({ declared: [declared] })
})

const add = (name = 'photos', settings: object = SETTINGS) => api.ask('POST', '/api/connectors', { name, settings })

const inventory = (more: object) => ({ ...SETTINGS, inventory: { ...SETTINGS.inventory, ...more } })

describe('making one', () => {
  test('answers with it, its place and its tag', async () => {
    const { status, headers, body } = await add()
    expect(status).toBe(201)
    expect(body).toMatchObject({
      name: 'photos',
      declared_at: null,
      source_bucket: 'photo-bucket',
      inventory: { destination_bucket: 'report-bucket', prefix: '', format: 'auto', fields: { size: 'Bytes' } },
      schedule: 'weekly',
      freshness: { warn_after_ms: 172_800_000, error_after_ms: 259_200_000 },
      next_due_at: null,
    })
    expect(connectorShape.parse(body)).toEqual(body)
    expect(headers.get('location')).toBe(`/api/connectors/${body.guid}`)
    expect(headers.get('etag')).toBe(body.etag)
    expect((await api.ask('GET', `/api/connectors/${body.guid}`)).body).toEqual(body)
    expect((await api.ask('GET', '/api/connectors')).body.connectors.map(({ name }: { name: string }) => name)).toEqual(
      ['filed', 'photos'],
    )
  })

  test.each([
    ['a name that is taken', 'photos', SETTINGS, 409, 'there is one in the lake'],
    ['one that a file declares', 'filed', SETTINGS, 409, 'declared at stocktake.yaml:3:3'],
    ['a GUID as a name', `con_${'0'.repeat(26)}`, SETTINGS, 422, 'no GUID'],
    ['a control character', 'other', inventory({ prefix: 'a\0b' }), 422, 'without control characters'],
    ['one in a name', 'other', inventory({ config_name: 'a\n' }), 422, 'without control characters'],
    ['one in a field', 'other', inventory({ fields: { size: '\u001b[2J' } }), 422, 'without control characters'],
    ['a name with a slash', 'a/b', SETTINGS, 422, 'connector name'],
    ['an unknown key', 'other', { ...SETTINGS, scedule: 'daily' }, 422, 'did you mean schedule?'],
    ['no bucket', 'other', {}, 422, 'source_bucket'],
    ['a relative folder', 'other', { source_bucket: './bucket' }, 422, 'the whole path of a folder'],
    ['a folder by way of another', 'other', { source_bucket: '/srv/../etc' }, 422, 'the whole path of a folder'],
    ['a home folder', 'other', { source_bucket: '~/bucket' }, 422, 'the whole path of a folder'],
    ['a zero byte', 'other', { source_bucket: '/srv\0/a' }, 422, 'the whole path of a folder'],
    ['a URL', 'other', { source_bucket: 'http://169.254.169.254/latest' }, 422, 'the name of a bucket'],
  ])('refuses %s', async (_, name, settings, status, detail) => {
    await add()
    const answer = await add(name, settings)
    expect(answer).toMatchObject({ status, body: { status, detail: expect.stringContaining(detail) } })
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect((await api.ask('GET', '/api/connectors')).body.connectors).toHaveLength(2)
  })

  test.each([
    ['no body', undefined],
    ['no name', { settings: SETTINGS }],
    ['settings that are a list', { name: 'other', settings: [] }],
  ])('refuses %s as a request that is none', async (_, body) => {
    expect((await api.ask('POST', '/api/connectors', body)).status).toBe(400)
  })

  test('is in the audit, with who did it', async () => {
    await add()
    await add() // nothing was done
    expect(await listDeeds(api.world)).toMatchObject([
      {
        who: 'root',
        host: 'here',
        action: 'connector add',
        subject: 'photos',
        outcome: 'done',
        detail: { after: SETTINGS },
      },
    ])
  })
})

describe('folders of the server', () => {
  test('may be named where the server is for those at it', async () => {
    expect(await add('other', { source_bucket: '/srv/bucket' })).toMatchObject({
      status: 201,
      body: { source_bucket: '/srv/bucket' },
    })
  })

  test.each([
    ['a source', { source_bucket: '/srv/bucket' }],
    ['reports', { source_bucket: 'a-bucket', inventory: { destination_bucket: '/etc', config_name: 'daily' } }],
  ])('may not where others reach it: %s', async (_, settings) => {
    api = openBareApi({ allowsFolders: false })
    expect(await add('other', settings)).toMatchObject({ status: 403, body: { expected: 'the name of a bucket' } })
  })

  test('that somebody at it has named may stay, and go', async () => {
    await add('other', { source_bucket: '/srv/bucket' })
    Object.assign(api.world, { allowsFolders: false })
    const patch = (settings: object) => api.ask('PATCH', '/api/connectors/other', settings)
    expect((await patch({ schedule: 'daily' })).status).toBe(200)
    expect((await patch({ source_bucket: '/srv' })).status).toBe(403)
    expect((await patch({ source_bucket: 'a-bucket' })).status).toBe(200)
    expect((await patch({ source_bucket: '/srv/bucket' })).status).toBe(403)
  })
})

describe('changing one', () => {
  test('lays a merge patch over its settings', async () => {
    const { body: before } = await add()
    const { status, body } = await api.ask('PATCH', '/api/connectors/photos', {
      schedule: 'daily',
      inventory: { prefix: 'reports', fields: null },
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      schedule: 'daily',
      inventory: { destination_bucket: 'report-bucket', prefix: 'reports/', config_name: 'daily', fields: {} },
    })
    expect(body.etag).not.toBe(before.etag)
  })

  test('that changes nothing leaves its tag', async () => {
    const { body: before } = await add()
    expect((await api.ask('PATCH', '/api/connectors/photos', { source_bucket: 'photo-bucket' })).body).toEqual(before)
    expect((await listDeeds(api.world)).map(({ outcome }) => outcome)).toEqual(['done', 'unchanged'])
  })

  test('sets its schedule', async () => {
    await add()
    const put = (schedule: string) => api.ask('PUT', '/api/connectors/photos/schedule', { schedule })
    expect((await put('inventory')).body.schedule).toBe('inventory')
    expect((await put('hourly')).status).toBe(400)
  })

  test.each([
    ['PATCH', '/api/connectors/filed', {}, 409],
    ['PATCH', `/api/connectors/${declared.guid}`, {}, 409],
    ['PUT', '/api/connectors/filed/schedule', { schedule: 'daily' }, 409],
    ['PUT', '/api/connectors/filed/inventory/config', { destination_bucket: 'reports', config_name: 'a' }, 409],
    ['DELETE', '/api/connectors/filed', undefined, 409],
    ['PATCH', '/api/connectors/none', {}, 404],
    ['PUT', '/api/connectors/none/schedule', { schedule: 'daily' }, 404],
    ['DELETE', '/api/connectors/none', undefined, 404],
    ['POST', '/api/connectors/none/test', undefined, 404],
    ['POST', '/api/connectors/none/inventory/import', undefined, 404],
    ['POST', '/api/connectors/none/scan', undefined, 404],
    ['GET', '/api/connectors/none/inventory/config', undefined, 404],
    ['GET', '/api/connectors/%2e%2e%2fetc', undefined, 404],
    ['PATCH', '/api/connectors/photos', { source_bucket: null }, 422],
    ['PATCH', '/api/connectors/photos', { inventory: { config_name: 7 } }, 422],
    ['PATCH', '/api/connectors/photos', { __proto__: null, toString: 1 }, 422],
    ['POST', '/api/connectors/photos/scan', { prefix: 'a\0b/' }, 422],
    ['POST', '/api/connectors/photos/scan', { prefix: 'ü'.repeat(513) }, 422],
    ['PATCH', '/api/connectors/photos', [], 400],
  ])('%s %s %j is %i', async (method, path, body, status) => {
    await add()
    const answer = await api.ask(method, path, body)
    expect(answer.status).toBe(status)
    expect(answer.body).toMatchObject({ status, type: 'about:blank', detail: expect.any(String) })
    if (status === 409) expect(answer.body.got).toContain('stocktake.yaml:3:3')
  })

  test('removes it once, and its name can be used again', async () => {
    await add()
    expect((await api.ask('DELETE', '/api/connectors/photos')).status).toBe(204)
    expect((await api.ask('DELETE', '/api/connectors/photos')).status).toBe(404)
    expect((await add()).status).toBe(201)
  })
})

describe('two who change one', () => {
  test.each([
    ['PATCH', '/api/connectors/photos', { schedule: 'manual' }],
    ['PUT', '/api/connectors/photos/schedule', { schedule: 'manual' }],
    ['PUT', '/api/connectors/photos/inventory/config', { destination_bucket: 'others', config_name: 'a' }],
    ['DELETE', '/api/connectors/photos', undefined],
  ])('%s %s as another has left it is refused, and goes on what is seen', async (method, path, body) => {
    const { body: seen } = await add()
    const { body: now } = await api.ask('PATCH', '/api/connectors/photos', { schedule: 'daily' })
    expect(await api.ask(method, path, body, { 'if-match': seen.etag })).toMatchObject({ status: 412 })
    expect((await api.ask('GET', '/api/connectors/photos')).body).toEqual(now)
    expect((await api.ask(method, path, body, { 'if-match': now.etag })).status).toBeLessThan(300)
  })

  test('the tag of a GET is as good, also when a job has ended since, and weak ones are', async () => {
    await add()
    const { headers } = await api.ask('GET', '/api/connectors/photos')
    const tag = headers.get('etag') ?? ''
    expect(tag).toMatch(/^"[\w-]{22}\.[\w-]{22}"$/)
    const other = tag.replace(/\.[^"]*/, '.x')
    expect((await api.ask('PATCH', '/api/connectors/photos', {}, { 'if-match': `"a", W/${other}` })).status).toBe(200)
  })

  test('If-Match of one that is not there, and If-None-Match of one that is, are refused', async () => {
    const body = { destination_bucket: 'others', config_name: 'a', source_bucket: 'a-bucket' }
    const put = (headers: Record<string, string>) =>
      api.ask('PUT', '/api/connectors/new/inventory/config', body, headers)
    expect((await put({ 'if-match': '*' })).status).toBe(412)
    expect((await put({ 'if-none-match': '*' })).status).toBe(201)
    expect((await put({ 'if-none-match': '*' })).status).toBe(412)
    expect((await put({ 'if-match': '*' })).status).toBe(200)
  })

  /** Does something just before the next document is created. */
  class RivalStore extends MemoryStore {
    rival: (() => Promise<unknown>) | undefined
    override async putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
      const { rival } = this
      if (key.startsWith('state/connectors/')) {
        this.rival = undefined
        await rival?.()
      }
      return super.putIfAbsent(key, bytes)
    }
  }

  test.each([
    ['without If-Match', false, 409],
    ['with it', true, 412],
  ])('a race that is lost %s is told', async (_, isConditional, status) => {
    const store = new RivalStore('memory://lake')
    api = openBareApi({ store })
    const { body } = await add()
    store.rival = () => api.ask('PATCH', '/api/connectors/photos', { schedule: 'daily' })
    const sent: Record<string, string> = isConditional ? { 'if-match': body.etag } : {}
    const answer = await api.ask('PATCH', '/api/connectors/photos', { schedule: 'manual' }, sent)
    expect(answer.status).toBe(status)
    expect((await api.ask('GET', '/api/connectors/photos')).body.schedule).toBe('daily')
    expect(await listDeeds(api.world)).toHaveLength(2)
  })

  test('of two that make one, one makes it', async () => {
    const statuses = (await Promise.all([add(), add(), add()])).map(({ status }) => status)
    expect(statuses.sort()).toEqual([201, 409, 409])
  })
})

describe('the inventory', () => {
  const path = '/api/connectors/photos/inventory/config'

  test('is told as it is put', async () => {
    await add()
    const config = {
      destination_bucket: 'others',
      prefix: 'a/',
      config_name: 'weekly',
      format: 'CSV',
      fields: { size: 'Bytes' },
      source_bucket: 'photo-bucket',
      schedule: 'weekly',
    }
    expect((await api.ask('PUT', path, config)).status).toBe(200)
    expect((await api.ask('GET', path)).body).toEqual(config)
  })

  test('keeps what is not said, and takes fields away that are not among those said', async () => {
    await add('photos', { ...SETTINGS, schedule: 'daily', sample_rate: 0.5 })
    const short = { destination_bucket: 'others', config_name: 'weekly' }
    expect((await api.ask('PUT', path, short)).body).toMatchObject({
      schedule: 'daily',
      sample_rate: 0.5,
      source_bucket: 'photo-bucket',
      inventory: { destination_bucket: 'others', prefix: '', fields: { size: 'Bytes' } },
    })
    const other = { ...short, fields: { e_tag: 'Hash' } }
    expect((await api.ask('PUT', path, other)).body.inventory.fields).toEqual({ e_tag: 'Hash' })
  })

  test('makes a connector where there is none of that name', async () => {
    const config = { destination_bucket: 'reports', config_name: 'daily' }
    expect(await api.ask('PUT', path, config)).toMatchObject({ status: 422, body: { detail: /source_bucket/ } })
    const answer = await api.ask('PUT', path, { ...config, source_bucket: 'photo-bucket', schedule: 'daily' })
    expect(answer).toMatchObject({
      status: 201,
      body: { name: 'photos', schedule: 'daily', scan_mode: 'aws_inventory' },
    })
    expect(answer.headers.get('location')).toBe(`/api/connectors/${answer.body.guid}`)
  })

  test('that is not there is not found', async () => {
    await add('listed', { source_bucket: 'a-bucket' })
    expect((await api.ask('GET', '/api/connectors/listed/inventory/config')).status).toBe(404)
  })
})

test('a GET of what has not changed is a 304', async () => {
  await add()
  const paths = ['/api/connectors', '/api/connectors/photos', '/api/connectors/photos/inventory/config']
  for (const [i, path] of paths.entries()) {
    const { headers } = await api.ask('GET', path)
    const again = { 'if-none-match': headers.get('etag') ?? '' }
    expect((await api.ask('GET', path, undefined, again)).status).toBe(304)
    await api.ask('PATCH', '/api/connectors/photos', { sample_rate: 0.2 + i / 10 })
    expect((await api.ask('GET', path, undefined, again)).status).toBe(200)
  }
})

test('what a later version wrote keeps no other away', async () => {
  await add()
  const bytes = new TextEncoder().encode('{"format_version":9}')
  await api.world.store.put(`state/connectors/con_${'1'.repeat(26)}/1.json`, bytes)
  expect((await api.ask('GET', '/api/connectors')).body.connectors).toHaveLength(2)
})

test('an audit that cannot be written is a warning: the change is made', async () => {
  class DeafStore extends MemoryStore {
    override async putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
      if (key.startsWith('state/audit/')) throw new Error('disk full')
      return super.putIfAbsent(key, bytes)
    }
  }
  api = openBareApi({ store: new DeafStore('memory://lake') })
  expect((await add()).status).toBe(201)
  expect(api.world.warnings).toEqual(['not in the audit: connector add photos, done: disk full'])
})
