import type { Connector } from '../config/connector.js'
import { formatDuration, formatShare } from '../output/quantities.js'
import type { CurrentSource } from '../snapshot/currentSources.js'
import { type FolderOf, fileInfoSources } from '../snapshot/folderSources.js'
import { judgeFreshness } from '../snapshot/freshness.js'
import type { Receipt } from '../snapshot/receipts.js'
import { parseSnapshotName } from '../snapshot/snapshotName.js'

// What a folder's FileInfo is made of is in src/snapshot/folderSources.ts, its rows in src/snapshot/fileInfoRows.ts.

/** Where the FileInfo of a folder comes from, and how old it is. */
export interface FileInfoFacts {
  /** NULL where nothing has looked at the whole of the folder yet. */
  readonly source: 'api' | 'inventory' | null
  readonly snapshot: string | null
  /** When all of the folder was looked at: the time of the snapshot. Parts of it may have been scanned since. */
  readonly updated_at: Date | null
  /** As the connector's `freshness` judges it; `none` where nothing is expected of it, or nothing is there. */
  readonly freshness: 'fresh' | 'warn' | 'error' | 'none'
  /** What to say of it where it can't be relied on. */
  readonly warning: string | null
}

/** @param connectors those there are: of one that isn't among them nothing more is expected */
export const findFileInfo = (
  folder: FolderOf,
  receipts: readonly Receipt[],
  connectors: readonly Connector[],
  now: Date,
): FileInfoFacts => describeFileInfo(folder, fileInfoSources(folder, receipts), connectors, now)

/** As {@link findFileInfo}, of the folder's sources. */
export function describeFileInfo(
  { connector: name, folder }: FolderOf,
  sources: readonly CurrentSource[],
  connectors: readonly Connector[],
  now: Date,
): FileInfoFacts {
  const connector = connectors.find(each => each.name === name)
  const gone = connector ? [] : [`connector ${name} is gone: it can't be refreshed`]
  const whole = sources.find(({ receipt }) => folder.startsWith(receipt.scope))?.receipt
  if (!whole) return { ...NO_SOURCE, warning: joined([unseenText(sources), ...gone]) }
  const judged = judgeFreshness(whole, connector, now)
  const updated_at = parseSnapshotName(whole.snapshot)
  return {
    source: whole.source,
    snapshot: whole.snapshot,
    updated_at,
    freshness: judged === undefined ? 'none' : LEVELS[judged],
    warning: joined([...sampleText(whole), ...ageText(judged, updated_at, connector, now), ...gone]),
  }
}

const NO_SOURCE = { source: null, snapshot: null, updated_at: null, freshness: 'none' } as const

const LEVELS = { fresh: 'fresh', stale: 'warn', 'too old': 'error' } as const

const joined = (texts: readonly string[]): string | null => (texts.length === 0 ? null : texts.join('; '))

const unseenText = (sources: readonly CurrentSource[]): string =>
  sources.length === 0
    ? 'nothing has looked at it yet'
    : `only parts of it have been looked at: ${sources.map(({ receipt }) => receipt.scope).join(', ')}`

const sampleText = ({ sample_rate }: Receipt): string[] =>
  sample_rate === null ? [] : [`of a sample of ${formatShare(sample_rate)}: most files are missing`]

function ageText(
  judged: ReturnType<typeof judgeFreshness>,
  updatedAt: Date,
  connector: Connector | undefined,
  now: Date,
): string[] {
  if (!connector || judged === undefined || judged === 'fresh') return []
  const { warnAfterMs, errorAfterMs } = connector.freshness
  const limit = formatDuration(judged === 'stale' ? warnAfterMs : errorAfterMs)
  return [`${formatDuration(now.getTime() - updatedAt.getTime())} old, more than ${limit}`]
}
