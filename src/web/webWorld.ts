import type { Bucket, Connector } from '../config/connector.js'
import type { Prices } from '../config/prices.js'
import type { DocumentEffects } from '../lake/documents.js'
import type { ObjectStore } from '../lake/objectStore.js'
import type { Log } from '../output/log.js'
import type { LakeReader } from './lakeReader.js'
import type { QueryProcess } from './queryProcess.js'

/** What serving a lake touches; made by the command. */
export interface WebWorld extends DocumentEffects {
  /** The lake as the person named it: a path or a URL. */
  readonly place: string
  /** The lake's; also after a signal, so that what was begun is recorded. */
  readonly store: ObjectStore
  readonly reader: LakeReader
  /** The connectors that the file declares; those of the lake are read when they are asked for. */
  readonly declared: readonly Connector[]
  readonly prices: Prices
  readonly openBucket: (bucket: Bucket) => Promise<ObjectStore>
  /** A process of its own for a person's SQL. */
  readonly queryProcess: QueryProcess
  /** Whose deeds these are where nobody says who they are. */
  readonly user: string
  readonly host: string
  /** Whether this process runs jobs, too. */
  readonly runsJobs: boolean
  readonly version: string
  readonly log: Log
  /** Aborted when the server is to stop. */
  readonly signal: AbortSignal
}
