import type { LoadedManifest } from '../inventory/loadManifest.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { addRequests, type RequestCounts } from './countingStore.js'
import { remoteFiles, type Transport } from './remoteFiles.js'
import { tableFields } from './reportTable.js'
import type { FileChecks, SnapshotSource, SourceFacts } from './snapshotSource.js'
import { copyReportFile, openReportFile } from './stagedFile.js'

export interface ReportEffects {
  /** The bucket that reports are delivered to. */
  readonly reports: ObjectStore
  readonly transport: Transport
  /** What was asked of the bucket for this report, so far. */
  readonly requests: () => RequestCounts
  readonly signal: AbortSignal
}

/** The report's data files as what a snapshot is made of. */
export function reportAsSource(
  report: { readonly connector: string; readonly snapshot: string; readonly loaded: LoadedManifest },
  effects: ReportEffects,
): SnapshotSource {
  const { connector, snapshot, loaded } = report
  const { manifest, columns, checksum } = loaded
  const remote = remoteFiles(loaded, effects)
  const copy = (index: number, folder: string) => copyReportFile(loaded, index, folder, effects)
  return {
    identity: { connector, snapshot, scope: '' },
    sourceBucket: manifest.sourceBucket,
    subject: loaded.url,
    fields: tableFields(loaded),
    fingerprint: JSON.stringify([loaded.url, checksum, columns]),
    isComparable: true,
    files: manifest.files,
    stage: async (index, folder) => (await remote.find(index)) ?? copy(index, folder),
    open: async (engine, staged) => {
      if (!staged.isLocal) await remote.open(engine)
      return openReportFile(engine, loaded, staged)
    },
    close: async (engine, staged) => {
      if (!staged.isLocal) await remote.close(engine, staged)
    },
    explain: remote.explain,
    copy,
    isOf: receipt => receipt.source === 'inventory' && receipt.manifest_checksum === checksum,
    describe: checks => describeReport(loaded, checks, addRequests(effects.requests(), remote.requests)),
  }
}

function describeReport(
  { manifest, key, checksum, columns }: LoadedManifest,
  checks: readonly FileChecks[],
  { lists, gets, bytes }: RequestCounts,
): SourceFacts {
  return {
    source: 'inventory',
    sample_rate: null,
    report_created_at: manifest.takenAt,
    manifest_key: key,
    manifest_checksum: checksum,
    file_format: manifest.format,
    file_count: BigInt(manifest.files.length),
    ignored_fields: JSON.stringify(columns.ignored),
    verified_by: ['manifest.checksum', ...formatChecks(checks)].join(', '),
    list_requests: BigInt(lists),
    get_requests: BigInt(gets),
    bytes_read: BigInt(bytes),
  }
}

/** `size`, `md5` where all files passed a check; `md5 (2 of 10 files)` where some did. */
function formatChecks(checks: readonly FileChecks[]): string[] {
  const names = [...new Set(checks.flat())]
  return names.map(name => {
    const passed = checks.filter(each => each.includes(name)).length
    return passed === checks.length ? name : `${name} (${passed} of ${checks.length} files)`
  })
}
