import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDB, openDuckDB } from '../../src/engine/duckdb.js'
import { loadHttpfs, openS3Access } from '../../src/engine/httpfs.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import type { S3Store } from '../../src/lake/s3Store.js'
import { useModelDialect } from '../../src/models/duckdbDialect.js'
import type { Transport } from '../../src/snapshot/remoteFiles.js'
import { IMPORT_TABLES } from '../../src/snapshot/tables.js'
import { duckdbExtension } from '../oracles/oracles.js'
import { createBucket, openTestStore, type S3Address } from '../services/s3Service.js'
import { LIMITS, readVouched, receiptsOf, type TestLake } from './importing.js'

/** A lake and its reports, in buckets of their own behind what may be a proxy. */
export interface LakeOnS3 extends TestLake {
  readonly store: S3Store
  readonly reports: S3Store
  readonly buckets: { readonly lake: string; readonly reports: string }
}

export interface OnS3Options {
  /** Where all requests go, if not to the server: a proxy in front of it. */
  readonly endpoint?: string
  /** Buckets that there are; new ones where none are named. */
  readonly buckets?: Partial<LakeOnS3['buckets']>
  /** How often a request is sent again, of the stores and of DuckDB. */
  readonly retries?: number
}

export const LAKE_PREFIX = 'the lake'

// A hang is a failure soon. DuckDB's timeouts are whole seconds.
const TIMEOUTS = { connectMs: 1000, idleMs: 1000 }

export async function openLakeOnS3(service: S3Address, options: OnS3Options = {}): Promise<LakeOnS3> {
  const { endpoint = service.endpoint, retries = 3, buckets = {} } = options
  const through = { ...service, endpoint }
  const folder = await mkdtemp(join(tmpdir(), 'stocktake on s3 '))
  const lake = buckets.lake ?? (await createBucket(service))
  const reports = buckets.reports ?? (await createBucket(service))
  const waits = { retries, timeouts: TIMEOUTS }
  const store = await openTestStore(through, { bucket: lake, prefix: LAKE_PREFIX, ...waits })
  return {
    folder,
    store,
    reports: await openTestStore(through, { bucket: reports, ...waits }),
    buckets: { lake, reports },
    catalog: filesCatalog(store, { now: () => new Date() }),
    engine: await openEngineOnS3(folder, through, retries),
    limits: LIMITS,
    workRoot: join(folder, 'work'),
  }
}

/** A DuckDB as imports want it, which reads `s3://` there. */
export async function openEngineOnS3(
  folder: string,
  { endpoint, credentials }: S3Address,
  retries: number,
): Promise<DuckDB> {
  const tempFolder = join(folder, 'spill')
  const engine = await openDuckDB({ memoryBytes: LIMITS.engineBytes, threads: LIMITS.threads, tempFolder })
  const found = await loadHttpfs(engine, duckdbExtension('httpfs').replace(/\/[^/]*$/, ''))
  if (found.kind === 'absent') throw new Error(found.reason)
  const access = { region: 'us-east-1', endpoint, pathStyle: true, credentials: async () => credentials }
  await openS3Access(engine, access, { retries, timeoutMs: TIMEOUTS.idleMs })
  await useModelDialect(engine)
  return engine
}

export const transportOf = (mode: Transport['mode']): Transport => ({ mode, openHttpfs: async () => true })

/** Equal if receipts vouch for the same rows, whichever imports made them. */
export async function summarize(lake: TestLake) {
  const select = 'count(*) as rows, bit_xor(hash(columns(* exclude (import_id))))'
  const tables = []
  for (const spec of IMPORT_TABLES) tables.push(await readVouched(lake, spec, select))
  const receipts = await receiptsOf(lake)
  return { tables, counts: receipts.map(({ connector, snapshot, row_count }) => [connector, snapshot, row_count]) }
}
