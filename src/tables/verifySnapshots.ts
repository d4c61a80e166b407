import { listAncestors } from '../iceberg/ancestry.js'
import { BATCH_SUMMARY, listBatches } from '../iceberg/batches.js'
import type { DataFile } from '../iceberg/dataFile.js'
import { currentSnapshot, type TableMetadata } from '../iceberg/metadata.js'
import { resolveFile } from '../iceberg/plan.js'
import { formatCount } from '../output/quantities.js'
import type { Check } from '../snapshot/connectorChecks.js'
import { lookAt } from './lookAt.js'
import { tableCommand } from './tableCommand.js'
import type { DeclaredTable } from './tableSpec.js'
import { countRows, type TableFiles } from './verifyFiles.js'

/**
 * Whether the table's states are sound: the branch `main` is the current one, every state has its list of manifests, the
 * current one's summary counts what its manifests do, and no batch is in the table twice.
 */
export const verifySnapshots = (declared: DeclaredTable, found: TableFiles): Promise<Check> =>
  lookAt('snapshots', async () => {
    const { metadata } = found.table
    const faults = [
      ...listLost(found),
      ...listWrongSums(metadata, found.files),
      ...listTwice(metadata),
      ...listAstray(metadata),
    ]
    const batches = listBatches(metadata).size
    const count = metadata.snapshots.length
    const text = `${formatCount(count)} snapshot${count === 1 ? '' : 's'}, ${formatCount(batches)} batch${batches === 1 ? '' : 'es'}`
    if (faults.length === 0) return { status: 'ok', check: 'snapshots', found: text, fix: null }
    return {
      status: 'fail',
      check: 'snapshots',
      found: `${text}: ${faults.join('; ')}`,
      fix: `${tableCommand(declared, 'history')} shows them`,
    }
  })

/** Without its list a state can't be gone back to. */
function listLost({ table, listed }: TableFiles): string[] {
  const lost = table.metadata.snapshots.filter(snapshot => !listed.has(resolveFile(table, snapshot['manifest-list'])))
  return lost.map(snapshot => `the manifest list of ${snapshot['snapshot-id']} is gone`)
}

/** Writers may leave these out; those that are there are right. */
function listWrongSums(metadata: TableMetadata, files: readonly DataFile[]): string[] {
  const { summary = {} } = currentSnapshot(metadata) ?? {}
  const sums = { 'total-records': countRows(files), 'total-data-files': files.length }
  return Object.entries(sums).flatMap(([name, sum]) => {
    const told = summary[name]
    return told === undefined || Number(told) === sum ? [] : [`${name} is ${told}, counted ${sum}`]
  })
}

function listTwice(metadata: TableMetadata): string[] {
  const names = listAncestors(metadata).flatMap(({ summary }) => summary[BATCH_SUMMARY] ?? [])
  const seen = new Set<string>()
  const twice = names.filter(name => seen.size === seen.add(name).size)
  return [...new Set(twice)].map(name => `batch ${name} was inserted twice`)
}

function listAstray(metadata: TableMetadata): string[] {
  const { main } = metadata.refs
  if (!main || main['snapshot-id'] === metadata['current-snapshot-id']) return []
  return [`the branch main is ${main['snapshot-id']}, the current snapshot ${metadata['current-snapshot-id']}`]
}
