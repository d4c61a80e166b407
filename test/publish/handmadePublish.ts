import type { PublishOptions } from '../../src/publish/planPublish.js'
import type { PublishEffects } from '../../src/publish/publish.js'
import type { HandmadeLake } from '../snapshot/handmadeLake.js'
import type { MemoryGlue } from './memoryGlue.js'

/** A lake put together by hand, in the database `shop`. */
export const OPTIONS: PublishOptions = {
  lakeId: 'the-lake',
  database: 'shop',
  catalogName: 'awsdatacatalog',
  authority: 'files',
  replace: false,
  connectors: [],
}

export const publishEffects = (lake: HandmadeLake, glue: MemoryGlue): PublishEffects => ({
  ...{ catalog: lake.catalog, engine: lake.engine, store: lake.store, glue },
  openReports: async () => undefined,
  warn: () => undefined,
  notice: () => undefined,
  progress: () => undefined,
  documents: {
    now: () => new Date(),
    random: Math.random,
    sleep: async () => undefined,
    signal: new AbortController().signal,
  },
})
