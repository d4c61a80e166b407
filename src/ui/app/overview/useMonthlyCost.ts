import type { ReportAnswer } from '../../../api/results.js'
import { useApi } from '../hooks/useApi.js'

/** What a storage class holds, old versions included, and what a month of it costs; NULL where it has no price. */
export interface ClassCost {
  readonly storageClass: string
  readonly objectCount: number | null
  readonly sizeBytes: number | null
  readonly monthUsd: number | null
}

/** The storage classes of a connector's newest snapshot by what they cost. */
export function useMonthlyCost(connector: string | undefined) {
  const query = { connector, param: 'depth=0' }
  const answer = useApi<ReportAnswer>('/reports/cost', query, { enabled: connector !== undefined })
  return { ...answer, classes: answer.data && classesOf(answer.data) }
}

/** The sum of those that have a price; NULL where none has. */
export function sumMonth(classes: readonly ClassCost[]): number | null {
  const priced = classes.flatMap(({ monthUsd }) => monthUsd ?? [])
  return priced.length === 0 ? null : priced.reduce((sum, usd) => sum + usd, 0)
}

function classesOf({ columns, rows }: ReportAnswer): ClassCost[] {
  const at = (name: string) => columns.findIndex(column => column.name === name)
  const number = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value))
  const [name, objects, size, usd] = ['storage_class', 'object_count', 'stored_size_bytes', 'month_usd'].map(at)
  return rows.map(row => ({
    storageClass: String(row[name ?? -1] ?? ''),
    objectCount: number(row[objects ?? -1]),
    sizeBytes: number(row[size ?? -1]),
    monthUsd: number(row[usd ?? -1]),
  }))
}
