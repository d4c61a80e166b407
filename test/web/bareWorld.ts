import { DEFAULT_PRICES, DEFAULT_PRICES_AS_OF } from '../../src/config/prices.js'
import { filesCatalog } from '../../src/iceberg/filesCatalog.js'
import { MemoryStore } from '../../src/lake/memoryStore.js'
import type { WebWorld } from '../../src/web/webWorld.js'

/** What was warned of, and a lake in memory that nothing has been imported into; no engine, and no process for SQL. */
export interface BareWorld extends WebWorld {
  readonly store: MemoryStore
  readonly warnings: string[]
  readonly clock: { now: Date }
}

const absent = (what: string) => (): never => {
  throw new Error(`${what} at /private/place`)
}

/** A world for what is decided before the lake is read. */
export function bareWorld(): BareWorld {
  const store = new MemoryStore('memory://lake')
  const clock = { now: new Date('2026-01-20T10:00:00.000Z') }
  const warnings: string[] = []
  return {
    ...{
      place: '/private/lake',
      store,
      catalog: filesCatalog(store, { now: () => clock.now }),
      clock,
      warnings,
      declared: [],
      streams: [],
      prices: { as_of: DEFAULT_PRICES_AS_OF, ...DEFAULT_PRICES },
    },
    reader: {
      look: absent('look'),
      read: absent('read'),
      readQuick: absent('read'),
      forget: () => {},
      close: async () => {},
    },
    folders: { readPage: absent('folders'), prepare: async () => {} },
    openBucket: absent('bucket'),
    ...{ allowsFolders: true, tempFolder: '/private/temp', configFolder: '/private' },
    ...{ limits: { engineBytes: 100e6, threads: 1 }, findDataset: absent('expectations') },
    expectations: { isThere: async () => false, check: absent('expectations') },
    moreViews: absent('views'),
    queryProcess: { run: absent('query') },
    ...{ user: 'root', host: 'here', runsJobs: false, version: '1.0.0' },
    log: { notice: () => {}, warn: text => warnings.push(text), detail: () => {} },
    signal: new AbortController().signal,
    now: () => clock.now,
    sleep: async () => {},
    random: () => 0.5,
  }
}
