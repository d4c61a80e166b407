import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Connector } from '../config/connector.js'
import { NotFoundError, StocktakeError } from '../errors.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { countRequests, type RequestCounts } from './countingStore.js'
import { requireKeyPrefix } from './keyPrefix.js'
import { type Listing, type ListingProgress, listBucket } from './listBucket.js'
import { LISTED_FIELDS, listedParams, selectListed } from './listedRows.js'
import { type ImportEffects, makeSnapshot } from './makeSnapshot.js'
import type { EngineLimits } from './memoryBudget.js'
import type { Receipt } from './receipts.js'
import type { RejectedRows } from './rejectedRows.js'
import type { ScanEstimate } from './scanEstimate.js'
import { withScanFolder } from './scanFolder.js'
import { claimScanName } from './scanName.js'
import type { SnapshotSource, StagedFile } from './snapshotSource.js'

/** Which objects are listed. */
export interface ScanRange {
  /** Only keys that start so; empty for all. */
  readonly scope: string
  /** The chance of each object to be in the snapshot: 1 for all of them. */
  readonly rate: number
}

export interface ScanOptions extends ScanRange {
  readonly connector: Connector
  readonly limits: EngineLimits
}

export interface ScanEffects extends ImportEffects {
  /** The bucket that is listed. */
  readonly bucket: ObjectStore
  readonly lake: ObjectStore
  /** How far the listing is, which comes before the rest. */
  readonly listed: (step: ListingProgress) => void
}

export interface ScanOutcome {
  readonly receipt: Receipt
  readonly rejected: RejectedRows
  /** What a sample says of the whole; `undefined` where all was listed. */
  readonly estimate?: ScanEstimate
}

/** A sample in which there is nothing, of a bucket in which there is something. The lake is as it was. */
export class NothingSampledError extends NotFoundError {}

/** Another snapshot has taken the name of this scan's. It stays. */
export class ScanNameTakenError extends StocktakeError {}

/**
 * Makes a snapshot of a bucket by listing it: the rows go to local files first, and into the lake as those of a report do.
 *
 * A listing can't be resumed, as it would be of two times: whatever ends it, the lake stays as it was, and the next
 * scan begins anew. What a killed one left on disk is removed by then.
 *
 * @throws {NothingSampledError}
 * @throws {UsageError} for a scope that no key can start with
 * @throws what the store throws, where a request fails for good
 */
export async function scanBucket(options: ScanOptions, effects: ScanEffects): Promise<ScanOutcome> {
  const { connector, scope, rate } = options
  requireKeyPrefix(scope, 'prefix')
  const startedAt = effects.now()
  const name = await claimScanName(connector, scope, startedAt, effects)
  try {
    return await withScanFolder(effects.workRoot, startedAt, async folder => {
      const { store, counts } = countRequests(effects.bucket)
      const listing = await listInto(join(folder, 'rows'), store, options, effects)
      const source = listingAsSource(options, listing, {
        ...{ snapshot: name.snapshot, startedAt, counts },
        url: store.url,
        fingerprint: folder,
      })
      const { isNew, receipt, rejected } = await makeSnapshot(
        { ...options, source, again: false, startedAt },
        { ...effects, workRoot: join(folder, 'work') },
      )
      if (!isNew) throw new ScanNameTakenError({ subject: name.snapshot, got: 'another snapshot', fix: 'scan again' })
      return { receipt, rejected, ...(rate < 1 && { estimate: listing.sums.estimate() }) }
    })
  } finally {
    await name.release().catch(() => undefined) // a claim that stays does no harm: its second is over
  }
}

async function listInto(
  folder: string,
  store: ObjectStore,
  { connector, scope, rate }: ScanOptions,
  { listed, signal }: ScanEffects,
): Promise<Listing> {
  await mkdir(folder)
  const listing = await listBucket(
    { scope, rate, rows: { folder, bucket: connector.source.name } },
    { store, progress: listed, signal },
  )
  if (rate < 1 && listing.sums.objectCount === 0 && !listing.isEmpty)
    throw new NothingSampledError({
      subject: `${store.url}/${scope}`,
      expected: `objects in a sample of ${rate * 100} %`,
      got: 'none, though there is something in the bucket',
      fix: 'take a larger share with --sample, or --full',
    })
  return listing
}

/** What was listed as what a snapshot is made of. */
function listingAsSource(
  { connector, scope, rate }: ScanOptions,
  { files }: Listing,
  made: {
    readonly snapshot: string
    readonly startedAt: Date
    readonly counts: () => RequestCounts
    readonly url: string
    readonly fingerprint: string
  },
): SnapshotSource {
  const { snapshot, startedAt, counts, url, fingerprint } = made
  const stage = async (index: number): Promise<StagedFile> => {
    const file = files[index]
    if (!file) throw new RangeError(`no file ${index}`)
    return { index, url, path: file.path, isLocal: true, checks: [] }
  }
  return {
    identity: { connector: connector.name, snapshot, scope },
    sourceBucket: connector.source.name,
    subject: `${url}/${scope}`,
    fields: LISTED_FIELDS,
    fingerprint,
    isComparable: rate === 1,
    files,
    stage,
    copy: stage, // there is but one
    async explain() {},
    open: async (_engine, staged) => ({
      ...staged,
      select: selectListed,
      params: listedParams(connector.source.name),
      isNumbered: false,
    }),
    async close() {},
    isOf: () => true, // a snapshot of this name is never replaced
    describe: () => ({
      source: 'api',
      sample_rate: rate === 1 ? null : rate,
      report_created_at: startedAt,
      manifest_key: null,
      manifest_checksum: null,
      file_format: null,
      file_count: null,
      ignored_fields: '[]',
      verified_by: 'listing',
      list_requests: BigInt(counts().lists),
      get_requests: BigInt(counts().gets),
      bytes_read: 0n,
    }),
  }
}
