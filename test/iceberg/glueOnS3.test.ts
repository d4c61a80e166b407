import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { DuckDB } from '../../src/engine/duckdb.js'
import { InterruptedError } from '../../src/errors.js'
import { type Catalog, CommitConflictError } from '../../src/iceberg/catalog.js'
import { changeMetadata } from '../../src/iceberg/changeMetadata.js'
import {
  GlueAccessDeniedError,
  GlueCredentialsError,
  GlueNotFoundError,
  GlueRefusedError,
  GlueUnavailableError,
} from '../../src/lake/glueErrors.js'
import { openGlue } from '../../src/lake/openGlue.js'
import { appendRows } from '../../src/reconcile/appendRows.js'
import { selectTable } from '../../src/snapshot/lakeTables.js'
import { describeWithOracles } from '../oracles/oracles.js'
import { type Fault, type FaultProxy, startFaultProxy } from '../services/faultProxy.js'
import { newDatabase, openGlueCatalog, openTestGlue, RACED, withPyiceberg } from '../services/glue.js'
import { startMiniStack } from '../services/miniStack.js'
import { awsOf, createBucket, quickEffects, type S3Service } from '../services/s3Service.js'
import { openEngineOnS3 } from '../snapshot/lakeOnS3.js'

describeWithOracles('a catalog of Glue', () => {
  let service: S3Service
  let proxy: FaultProxy
  let engine: DuckDB
  let folder: string
  let options: { readonly bucket: string; readonly database: string }
  beforeAll(async () => {
    service = await startMiniStack()
    proxy = await startFaultProxy(service.endpoint)
    folder = await mkdtemp(join(tmpdir(), 'stocktake-glue-'))
    engine = await openEngineOnS3(folder, service, 3)
  })
  afterAll(async () => {
    engine?.close()
    await proxy?.stop()
    await service?.stop()
    await rm(folder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    proxy.spoil(() => undefined)
    options = { bucket: await createBucket(service), database: newDatabase() }
    const glue = await openTestGlue(service)
    await glue.createDatabase({ Name: options.database, LocationUri: `s3://${options.bucket}/lake/tables` })
  })

  const open = (address = service) => openGlueCatalog(address, options)
  const throughProxy = () => ({ ...service, endpoint: proxy.endpoint })
  const effectsOf = (catalog: Catalog) => ({ catalog, engine, now: () => new Date() })
  const pyiceberg = (act: 'append' | 'read' | 'create', ...more: string[]) =>
    withPyiceberg(service, `${options.database}.${RACED.name}`, act, ...more)

  const append = async (catalog: Catalog, who: string) =>
    appendRows(
      RACED,
      `select '${who}' as who, timestamp '2026-01-20 01:00:00' as at`,
      `${who}-${Date.now()}`,
      effectsOf(catalog),
    )

  async function readOurs(catalog: Catalog): Promise<string[]> {
    const rows = await engine.rows(`select who from (${await selectTable(catalog, RACED, [])}) order by who`)
    return rows.map(({ who }) => String(who))
  }

  const isUpdate = ({ headers }: { readonly headers: Record<string, unknown> }): boolean =>
    headers['x-amz-target'] === 'AWSGlue.UpdateTable'

  test('of 20 writers none loses a commit', async () => {
    const { catalog, store } = await open()
    await catalog.create(RACED)
    const writers = await Promise.all(Array.from({ length: 20 }, () => open()))
    await Promise.all(writers.map(({ catalog }, i) => append(catalog, `w${i + 10}`)))
    expect(await readOurs(catalog)).toEqual(Array.from({ length: 20 }, (_, i) => `w${i + 10}`))
    const names: string[] = []
    for await (const { key } of store.list(`tables/${RACED.name}/metadata/`)) if (key.endsWith('.json')) names.push(key)
    expect(names).toHaveLength(21)
  })

  test('is shared with pyiceberg: both write at once, and both read all rows', async () => {
    const { catalog, glue } = await open()
    await catalog.create(RACED)
    const ours = async (who: string) => {
      for (let i = 0; i < 8; i++) await append((await open()).catalog, `${who}${i}`)
    }
    await Promise.all([ours('a'), ours('b'), pyiceberg('append', '6', 'p'), pyiceberg('append', '6', 'q')])
    const expected = [...'ab'].flatMap(who => Array.from({ length: 8 }, (_, i) => `${who}${i}`))
    expected.push(...[...'pq'].flatMap(who => Array.from({ length: 6 }, (_, i) => `${who}${i}`)))
    expect(await readOurs(catalog)).toEqual(expected)
    const theirs = await pyiceberg('read')
    expect(
      theirs
        .slice(0, -1)
        .map(({ who }) => who)
        .sort(),
    ).toEqual(expected)
    const found = await glue.findTable(options.database, RACED.name)
    expect(theirs.at(-1)).toEqual({ metadata: found?.parameters.metadata_location })
  })

  test('has tables that pyiceberg made, in the folder where ours would be', async () => {
    await pyiceberg('create', '["who", "note"]')
    await pyiceberg('append', '2', 'p')
    const { catalog } = await open()
    const made = await catalog.load(RACED.name)
    expect(made).toMatchObject({ location: `s3://${options.bucket}/lake/tables/${RACED.name}` })
    expect(made?.metadataKey).toMatch(/^tables\/raced_v1\/metadata\/00002-/)
    expect(await readOurs(catalog)).toEqual(['p0', 'p1'])
  })

  const set = (catalog: Catalog, owner: string) =>
    changeMetadata(catalog, RACED.name, ({ metadata }) => ({ ...metadata, properties: { owner } }), {
      now: () => new Date(),
    })
  const setBy = async (address: S3Service, owner: string) => set((await open(address)).catalog, owner)

  test.each<[string, 'lose' | 'reset', number]>([
    ['lost', 'lose', 1],
    ['lost twice', 'lose', 2],
    ['never made', 'reset', 1],
  ])('whose answer to an update was %s has it once', async (_, kind, times) => {
    const { catalog } = await open()
    const base = await catalog.create(RACED)
    let left = times
    proxy.spoil(request => (isUpdate(request) && left-- > 0 ? { kind } : undefined))
    const next = await setBy(throughProxy(), 'me')
    expect(next.version).toBe(base.version + 1)
    expect(await catalog.load(RACED.name)).toMatchObject({ metadataKey: next.metadataKey, version: 1 })
    expect(proxy.requests.filter(isUpdate)).toHaveLength(times + 1)
  })

  test('whose answer was lost, and which others went on with, has both', async () => {
    const { catalog } = await open()
    await catalog.create(RACED)
    let isFirst = true
    proxy.spoil(async request => {
      if (!isUpdate(request) && request.headers['x-amz-target'] !== 'AWSGlue.GetTable') return undefined
      if (isUpdate(request) && isFirst) return { kind: 'lose' }
      if (isFirst && (await catalog.load(RACED.name))?.version === 1) {
        isFirst = false
        await changeMetadata(
          catalog,
          RACED.name,
          ({ metadata }) => ({ ...metadata, properties: { ...metadata.properties, rival: 'yes' } }),
          { now: () => new Date() },
        )
      }
      return undefined
    })
    await setBy(throughProxy(), 'me').catch(error => expect(error).toBeInstanceOf(GlueUnavailableError))
    const properties = (await catalog.load(RACED.name))?.metadata.properties
    expect(properties).toMatchObject({ owner: 'me' })
  })

  test('that nobody answers for long says so; the table is as it was', async () => {
    const { catalog } = await open()
    const base = await catalog.create(RACED)
    proxy.spoil(request => (isUpdate(request) ? { kind: 'reset' } : undefined))
    await expect(setBy(throughProxy(), 'me')).rejects.toThrow(GlueUnavailableError)
    expect(await catalog.load(RACED.name)).toEqual(base)
    await set(catalog, 'next')
    expect((await catalog.load(RACED.name))?.metadata.properties).toEqual({ owner: 'next' })
  })

  test('that is killed between the metadata file and the update is as it was, and the next goes on', async () => {
    const { catalog, store } = await open()
    const base = await catalog.create(RACED)
    const killed = await open()
    Object.assign(killed.glue, { updateTable: () => Promise.reject(new Error('killed')) })
    await expect(set(killed.catalog, 'me')).rejects.toThrow('killed')
    expect(await catalog.load(RACED.name)).toEqual(base)
    expect(await set(catalog, 'next')).toMatchObject({ version: 1 })
    const names: string[] = []
    for await (const { key } of store.list(`tables/${RACED.name}/metadata/00001-`)) names.push(key)
    expect(names).toHaveLength(2) // the one that nobody names is removed by maintain, when it is a week old
  })

  test('that a table was dropped from is a conflict, and no table', async () => {
    const { catalog, glue } = await open()
    const base = await catalog.create(RACED)
    await glue.deleteTable(options.database, RACED.name)
    await expect(catalog.commit(base, { ...base.metadata, properties: { owner: 'me' } })).rejects.toThrow(
      CommitConflictError,
    )
    await expect(set(catalog, 'me')).rejects.toThrow('no such table')
  })

  const refusal = (code: string, message: string, status = 400): Fault => ({
    ...{ kind: 'refuse', status, code },
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: JSON.stringify({ __type: code, Message: message }),
  })

  test('that says nothing at all is given up in time', async () => {
    const timeouts = { connectMs: 200, idleMs: 200 }
    const glue = await openGlue({ aws: awsOf(proxy.endpoint), retries: 1, timeouts }, quickEffects(service.credentials))
    proxy.spoil(() => ({ kind: 'silence' }))
    await expect(glue.findTable('any', 'one')).rejects.toThrow(GlueUnavailableError)
    expect(proxy.requests).toHaveLength(2)
    const stopped = AbortSignal.abort(new InterruptedError({ subject: 'stopped' }))
    const never = await openGlue(
      { aws: awsOf(proxy.endpoint), retries: 1 },
      { ...quickEffects(service.credentials), signal: stopped },
    )
    await expect(never.findTable('any', 'one')).rejects.toThrow(InterruptedError)
  })

  test('without a region has nowhere to ask', async () => {
    vi.stubEnv('AWS_REGION', undefined)
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere')
    try {
      const opening = openGlue({ aws: { pathStyle: false }, retries: 0 }, quickEffects(service.credentials))
      await expect(opening).rejects.toThrow('Glue: expected a region, got none; set catalog.region')
      const there = await openGlue(
        { aws: { pathStyle: false, endpoint: 'https://s3.eu-west-1.amazonaws.com' }, region: 'eu-west-1', retries: 0 },
        quickEffects(service.credentials),
      )
      expect(there.place).toBe('Glue in eu-west-1') // that endpoint is S3's
    } finally {
      vi.unstubAllEnvs()
    }
  })

  test('that is asked too often is asked again', async () => {
    const { catalog } = await open()
    await catalog.create(RACED)
    let left = 3
    proxy.spoil(request =>
      isUpdate(request) && left-- > 0 ? refusal('ThrottlingException', 'Rate exceeded') : undefined,
    )
    expect(await setBy(throughProxy(), 'me')).toMatchObject({ version: 1 })
    expect(proxy.requests.filter(isUpdate)).toHaveLength(4)
  })

  test('of a database that is not there says what makes it', async () => {
    const { glue } = await open()
    await expect(glue.createTable('nowhere', { Name: 't' })).rejects.toThrow(GlueNotFoundError)
    await expect(glue.createTable('nowhere', { Name: 't' })).rejects.toThrow('`stocktake init` creates')
    expect(await glue.findTable('nowhere', 't')).toBeUndefined()
    expect(await glue.findDatabase('nowhere')).toBeUndefined()
    expect(await glue.createDatabase({ Name: options.database })).toBe(false)
    expect(await glue.deleteTable('nowhere', 't')).toBe(true)
  })

  const ARN = 'arn:aws:glue:eu-west-1:123456789012:table/stock/raced_v1'
  test.each<[string, Fault, new (...args: never[]) => Error, string]>([
    [
      'IAM says no',
      refusal(
        'AccessDeniedException',
        `User: arn:aws:iam::1:user/me is not authorized to perform: glue:UpdateTable on resource: ${ARN} because no policy allows it`,
      ),
      GlueAccessDeniedError,
      `; allow glue:UpdateTable on ${ARN}`,
    ],
    [
      'it says no without a word',
      refusal('AccessDeniedException', 'no'),
      GlueAccessDeniedError,
      '; allow glue:UpdateTable on its catalog, database and table',
    ],
    [
      'Lake Formation says no',
      refusal('AccessDeniedException', 'Insufficient Lake Formation permission(s): Required Alter on raced_v1'),
      GlueAccessDeniedError,
      "expected Lake Formation's leave, got 400 AccessDeniedException: Insufficient Lake Formation permission(s): Required Alter on raced_v1; grant",
    ],
    [
      'the credentials have expired',
      refusal('ExpiredTokenException', 'expired'),
      GlueCredentialsError,
      'expected credentials that Glue takes',
    ],
    ['nobody knows them', refusal('UnrecognizedClientException', 'invalid'), GlueCredentialsError, 'check aws.profile'],
    ['it is down', refusal('InternalServiceException', 'oops', 500), GlueUnavailableError, 'raise engine.retries'],
    [
      'it takes too long',
      refusal('OperationTimeoutException', 'slow'),
      GlueUnavailableError,
      'expected an answer of Glue',
    ],
    [
      'it refuses the entry',
      refusal('InvalidInputException', 'too long'),
      GlueRefusedError,
      'got 400 InvalidInputException: too long',
    ],
  ])('where %s, that is told, with the table', async (_, fault, error, told) => {
    const { catalog } = await open()
    const base = await catalog.create(RACED)
    proxy.spoil(request => (isUpdate(request) ? fault : undefined))
    const failure = await setBy(throughProxy(), 'me').catch((failed: unknown) => failed)
    expect(failure).toBeInstanceOf(error)
    expect(String(failure)).toContain(`Glue at ${proxy.endpoint}, table ${options.database}.raced_v1: `)
    expect(String(failure)).toContain(told)
    expect(await catalog.load(RACED.name)).toEqual(base)
  })
})
