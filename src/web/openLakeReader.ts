import type { Connector } from '../config/connector.js'
import type { DuckDB } from '../engine/duckdb.js'
import type { Engine } from '../engine/engine.js'
import type { Catalog, Table } from '../iceberg/catalog.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { openGate, openSessions } from './engineSessions.js'
import type { LakeReader } from './lakeReader.js'
import { type LookedLake, lookAtLake } from './lookAtLake.js'
import { cacheMetadata } from './metadataCache.js'

export interface LakeReaderEffects {
  /** The lake's. */
  readonly store: ObjectStore
  /** Its sessions are forked from it; it stays whoever opened it's. */
  readonly engine: DuckDB
  readonly openCatalog: (store: ObjectStore) => Catalog
  /** The connectors that the file declares. */
  readonly declared: readonly Connector[]
  readonly now: () => Date
}

/** Opens what reads a lake for many people at once. Nothing is read before somebody asks. */
export function openLakeReader({ store, engine, openCatalog, declared, now }: LakeReaderEffects): LakeReader {
  const catalog = openCatalog(cacheMetadata(store, METADATA_BYTES))
  const sessions = openSessions(engine, openGate(STATEMENTS))
  const quick = openSessions(engine, openGate(QUICK_STATEMENTS))
  const keptMs = store.url.startsWith('s3://') ? KEPT_S3_MS : KEPT_MS
  let found: { readonly lake: LookedLake; readonly atMs: number } | undefined
  let looking: { readonly lake: Promise<LookedLake>; readonly atMs: number } | undefined
  const reads = new Set<Promise<unknown>>()

  const lookWith = async (session: Engine): Promise<LookedLake> => {
    const before = found?.lake
    const lake = await lookAtLake(before, { store, catalog, engine: session, declared })
    if (before && lake !== before) await session.forgetFiles() // those of before, of which most are read no more
    return lake
  }

  const lookNow = async (): Promise<LookedLake> => {
    const atMs = now().getTime()
    const mine = { lake: quick.useShared(lookWith), atMs }
    looking = mine
    try {
      const lake = await mine.lake
      if (looking === mine) found = { lake, atMs } // else something was changed meanwhile
      return lake
    } finally {
      if (looking === mine) looking = undefined
    }
  }

  const look = async (): Promise<LookedLake> => {
    const ageMs = now().getTime() - (found?.atMs ?? 0)
    if (found && ageMs >= 0 && ageMs < keptMs) return found.lake
    return looking?.lake ?? lookNow()
  }

  const keep = async <T>(reading: Promise<T>): Promise<T> => {
    reads.add(reading)
    try {
      return await reading
    } finally {
      reads.delete(reading)
    }
  }

  return {
    look: async () => (await look()).moment,
    async read(act, signal) {
      const { tables } = await look()
      return keep(sessions.use(engine => act({ catalog: asFound(catalog, tables), engine }), signal))
    },
    readQuick: (act, signal) => keep(quick.useShared(act, signal)),
    forget(since) {
      const sinceMs = since?.getTime() ?? Number.POSITIVE_INFINITY
      if (looking && looking.atMs <= sinceMs) looking = undefined
      if (found && found.atMs <= sinceMs) found = { ...found, atMs: Number.NEGATIVE_INFINITY }
    },
    async close() {
      await Promise.allSettled([...reads, looking?.lake])
    },
  }
}

/** A lake's metadata is small; its files of statistics are those of manifests. */
const METADATA_BYTES = 8_000_000

/** Each takes a thread of Node's pool, which has four; files are read with the others. */
const STATEMENTS = 2

const QUICK_STATEMENTS = 1

const KEPT_MS = 1000
const KEPT_S3_MS = 5000

/** The tables as they were found; who changes one works with it as it is. */
const asFound = (catalog: Catalog, tables: ReadonlyMap<string, Table>): Catalog => ({
  ...catalog,
  load: async name => tables.get(name) ?? (await catalog.load(name)),
})
