import type { Bucket, Connector } from '../config/connector.js'
import type { Prices } from '../config/prices.js'
import type { Stream } from '../config/stream.js'
import type { Catalog } from '../iceberg/catalog.js'
import type { DocumentEffects } from '../lake/documents.js'
import type { ObjectStore } from '../lake/objectStore.js'
import type { Log } from '../output/log.js'
import type { Dataset } from '../reconcile/expectations.js'
import type { EngineLimits } from '../snapshot/memoryBudget.js'
import type { MoreViews } from '../snapshot/moreViews.js'
import type { FolderIndexes } from './folderIndexes.js'
import type { LakeReader } from './lakeReader.js'
import type { QueryProcess } from './queryProcess.js'

/** What serving a lake touches; made by the command. */
export interface WebWorld extends DocumentEffects {
  /** The lake as the person named it: a path or a URL. */
  readonly place: string
  /** The lake's; also after a signal, so that what was begun is recorded. */
  readonly store: ObjectStore
  /** The lake's, as it is now; that of the reader is of a moment ago. */
  readonly catalog: Catalog
  readonly reader: LakeReader
  /** Of the snapshots that the reader finds. */
  readonly folders: FolderIndexes
  /** The connectors that the file declares; those of the lake are read when they are asked for. */
  readonly declared: readonly Connector[]
  /** In the order of the file. */
  readonly streams: readonly Stream[]
  readonly prices: Prices
  /** @param signal of who asks; the server's own ends what is under way, too */
  readonly openBucket: (bucket: Bucket, signal?: AbortSignal) => Promise<ObjectStore>
  /**
   * Whether connectors may be given folders of this machine: whoever can name one learns the names of all that is in it. So
   * only where it listens on a loopback address and asks nobody for a token: who reaches it is at the machine then.
   */
  readonly allowsFolders: boolean
  /** Where answers wait that are too large for memory; it goes when the server ends. */
  readonly tempFolder: string
  /** What an engine may hold: comparisons are cut into parts by it. */
  readonly limits: EngineLimits
  /** What data_inventory.yaml expects of a dataset; nothing where there is none of it, or the file can't be read. */
  readonly findDataset: (connector: string, dataset: string) => Promise<Dataset | undefined>
  /** data_inventory.yaml, which says what should be there. */
  readonly expectations: {
    readonly isThere: () => Promise<boolean>
    /** @throws {UsageError} where it isn't there, and with a line for each mistake in it */
    readonly check: () => Promise<void>
  }
  /** Of stocktake.yaml: a person's own reports are in a folder beside it. */
  readonly configFolder: string
  /** The views of declared tables and of streams, as the files that declare them are now. */
  readonly moreViews: (catalog: Catalog) => Promise<MoreViews>
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
