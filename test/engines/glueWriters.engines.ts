import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import type { DuckDB } from '../../src/engine/duckdb.js'
import type { Catalog } from '../../src/iceberg/catalog.js'
import { expireSnapshots } from '../../src/iceberg/expireSnapshots.js'
import { removeOrphans } from '../../src/iceberg/findOrphans.js'
import { appendRows } from '../../src/reconcile/appendRows.js'
import { selectTable } from '../../src/snapshot/lakeTables.js'
import { environmentFolder, hasEnvironment } from '../oracles/pythonEnvironment.js'
import { newDatabase, openGlueCatalog, openTestGlue, RACED, withPyiceberg } from '../services/glue.js'
import { createBucket } from '../services/s3Service.js'
import { openEngineOnS3 } from '../snapshot/lakeOnS3.js'
import { runOnTrino } from './trinoClient.js'
import { GLUE_CATALOG, type TrinoGlue } from './trinoGlue.js'

const servers = inject('trinoGlue')

describe.skipIf(!servers || !hasEnvironment(environmentFolder()))('a table of Glue that several programs write', () => {
  const { trino, glue: service } = servers as TrinoGlue
  let engine: DuckDB
  let folder: string
  let options: { readonly bucket: string; readonly database: string }
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stocktake-glue-'))
    engine = await openEngineOnS3(folder, service, 3)
  })
  afterAll(async () => {
    engine?.close()
    await rm(folder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    options = { bucket: await createBucket(service), database: newDatabase() }
    const glue = await openTestGlue(service)
    await glue.createDatabase({ Name: options.database, LocationUri: `s3://${options.bucket}/lake/tables` })
  })

  const open = async (): Promise<Catalog> => (await openGlueCatalog(service, options)).catalog
  const effectsOf = (catalog: Catalog) => ({ catalog, engine, now: () => new Date() })
  const trinoName = (name: string) => `${GLUE_CATALOG}.${options.database}.${name}`
  const onTrino = async (sql: string) => (await runOnTrino(trino, sql)).rows
  const named = (who: string, count: number) => Array.from({ length: count }, (_, i) => `${who}${i}`)

  async function appendOurs(who: string, count: number): Promise<void> {
    for (const each of named(who, count))
      await appendRows(
        RACED,
        `select '${each}' as who, timestamp '2026-01-20 01:00:00' as at`,
        each,
        effectsOf(await open()),
      )
  }

  /** Trino tries a few times itself, and then says that it lost. */
  async function insertByTrino(who: string, count: number): Promise<void> {
    for (const each of named(who, count)) {
      const insert = () =>
        onTrino(`insert into ${trinoName(RACED.name)} values ('${each}', timestamp '2026-01-20 01:00:00')`)
      while (!(await insert().then(() => true, isLost)));
    }
  }

  const isLost = (error: unknown): false => {
    if (/commit/i.test(String(error))) return false
    throw error
  }

  async function readers(name: string): Promise<Readonly<Record<string, string[]>>> {
    const ours = await engine.rows(
      `select who from (${await selectTable(await open(), { ...RACED, name }, [])}) order by who`,
    )
    const theirs = await withPyiceberg(service, `${options.database}.${name}`, 'read')
    return {
      stocktake: ours.map(({ who }) => String(who)),
      pyiceberg: theirs
        .slice(0, -1)
        .map(({ who }) => String(who))
        .sort(),
      trino: (await onTrino(`select who from ${trinoName(name)} order by who`)).map(([who]) => String(who)),
    }
  }

  test('has the rows of all: Stocktake, pyiceberg and Trino at once', async () => {
    await (await open()).create(RACED)
    const pyiceberg = (who: string) => withPyiceberg(service, `${options.database}.${RACED.name}`, 'append', '6', who)
    await Promise.all([
      appendOurs('a', 8),
      appendOurs('b', 8),
      insertByTrino('s', 6),
      insertByTrino('t', 6),
      pyiceberg('p'),
    ])
    const rows = [...named('a', 8), ...named('b', 8), ...named('p', 6), ...named('s', 6), ...named('t', 6)]
    expect(await readers(RACED.name)).toEqual({ stocktake: rows, pyiceberg: rows, trino: rows })
  })

  test('is maintained while they write, and loses no row', async () => {
    const catalog = await open()
    await catalog.create(RACED)
    await appendOurs('a', 4)
    const effects = { now: () => new Date(), signal: new AbortController().signal }
    const maintain = async () => {
      for (let i = 0; i < 5; i++) {
        await expireSnapshots(catalog, RACED.name, { keep: 1, graceMs: 0, dryRun: false }, effects)
        await removeOrphans(catalog, RACED.name, { graceMs: 60_000, dryRun: false }, effects)
      }
    }
    await Promise.all([maintain(), appendOurs('b', 4), insertByTrino('t', 4)])
    const rows = [...named('a', 4), ...named('b', 4), ...named('t', 4)]
    expect(await readers(RACED.name)).toEqual({ stocktake: rows, pyiceberg: rows, trino: rows })
  })

  test('that Trino made in the lake is read and written where it put it', async () => {
    await onTrino(`create table ${trinoName('made')} as select 'x' as who, timestamp '2026-01-20 01:00:00' as at`)
    const catalog = await open()
    expect((await catalog.load('made'))?.location).toMatch(/\/lake\/tables\/made-/)
    const made = { ...RACED, name: 'made' }
    await appendRows(made, `select 'y' as who, timestamp '2026-01-20 01:00:00' as at`, 'y', effectsOf(catalog))
    await onTrino(`insert into ${trinoName('made')} values ('z', timestamp '2026-01-20 01:00:00')`)
    const rows = ['x', 'y', 'z']
    expect(await readers('made')).toEqual({ stocktake: rows, pyiceberg: rows, trino: rows })
    expect(
      await removeOrphans(
        catalog,
        'made',
        { graceMs: 0, dryRun: false },
        { now: () => new Date(), signal: new AbortController().signal },
      ),
    ).toMatchObject({ files: 0 })
  })

  test('that was dropped by either is gone for all', async () => {
    const catalog = await open()
    const table = await catalog.create(RACED)
    await appendOurs('a', 1)
    await catalog.drop(table)
    await expect(onTrino(`select * from ${trinoName(RACED.name)}`)).rejects.toThrow(/does not exist/)
    await catalog.create(RACED)
    await appendOurs('b', 1)
    expect((await readers(RACED.name)).trino).toEqual(['b0'])
    await onTrino(`drop table ${trinoName(RACED.name)}`)
    expect(await catalog.load(RACED.name)).toBeUndefined()
    await expect(appendOurs('c', 1)).resolves.toBeUndefined()
    expect((await readers(RACED.name)).pyiceberg).toEqual(['c0'])
  })
})
