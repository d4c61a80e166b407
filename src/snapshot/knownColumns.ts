import { currentSchema } from '../iceberg/metadata.js'
import { planFiles } from '../iceberg/plan.js'
import { ofImport } from './dataFiles.js'
import type { LakeEffects } from './lakeTables.js'
import type { Receipt } from './receipts.js'
import { OBJECTS } from './tables.js'
import { loadVouchedTable } from './vouched.js'

/** Columns that tell whether an object has changed: the first two its content, the others whether it was touched. */
export const COMPARED = ['e_tag', 'size', 'last_modified_date', 'storage_class'] as const

export type ComparedColumn = (typeof COMPARED)[number]

/** Which of the columns no row of a snapshot has a value of: its report had no such field. By the counts in manifests. */
export async function findLacking(wanted: Receipt, effects: LakeEffects): Promise<ComparedColumn[]> {
  const { receipt, table } = await loadVouchedTable(wanted, OBJECTS, effects)
  if (!table || receipt.object_count === 0n) return []
  const files = await planFiles(table, ofImport(receipt))
  const { fields } = currentSchema(table.metadata)
  return COMPARED.filter(column => {
    const id = fields.find(({ name }) => name === column)?.id ?? 0
    return files.every(({ nullValueCounts, recordCount }) => nullValueCounts.get(id) === recordCount)
  })
}
