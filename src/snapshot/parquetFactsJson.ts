import { z } from 'zod'
import type { ParquetFacts } from '../engine/parquetFile.js'

const counts = z.array(z.tuple([z.int(), z.int()])).transform(entries => new Map(entries))
const bounds = z
  .array(z.tuple([z.int(), z.string()]))
  .transform(entries => new Map(entries.map(([id, hex]) => [id, Uint8Array.from(Buffer.from(hex, 'hex'))] as const)))

const factsJson = z.object({
  recordCount: z.int(),
  fileSizeBytes: z.int(),
  columnSizes: counts,
  valueCounts: counts,
  nullValueCounts: counts,
  nanValueCounts: counts,
  lowerBounds: bounds,
  upperBounds: bounds,
})

/** Facts of a file as JSON for a journal; `parseFacts` is the inverse. */
export function formatFacts(facts: ParquetFacts): unknown {
  const hex = (map: ReadonlyMap<number, Uint8Array>) =>
    [...map].map(([id, bytes]) => [id, Buffer.from(bytes).toString('hex')])
  return {
    recordCount: facts.recordCount,
    fileSizeBytes: facts.fileSizeBytes,
    columnSizes: [...facts.columnSizes],
    valueCounts: [...facts.valueCounts],
    nullValueCounts: [...facts.nullValueCounts],
    nanValueCounts: [...facts.nanValueCounts],
    lowerBounds: hex(facts.lowerBounds),
    upperBounds: hex(facts.upperBounds),
  }
}

export const parseFacts = (json: unknown): ParquetFacts => factsJson.parse(json)
