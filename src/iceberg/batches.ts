import { z } from 'zod'
import { listAncestors } from './ancestry.js'
import { TableFormatError } from './errors.js'
import type { TableMetadata } from './metadata.js'

/** In the summary of a snapshot: the name that its writer gave to what it added. */
export const BATCH_SUMMARY = 'stocktake.batch'

/** A property of the table: the names in snapshots that led to the current one and have expired, as a JSON list. */
export const BATCHES_PROPERTY = 'stocktake.batches'

/** The names of the batches that are in the table as it is now; not those that were rolled back. @throws {TableFormatError} */
export function listBatches(metadata: TableMetadata): Set<string> {
  const names = listAncestors(metadata).flatMap(({ summary }) => summary[BATCH_SUMMARY] ?? [])
  return new Set([...readKept(metadata), ...names])
}

/**
 * The metadata with the names that it would lose otherwise in its property.
 * @param before the metadata that `next` comes from, by an expiry of snapshots
 * @throws {TableFormatError}
 */
export function keepBatches(before: TableMetadata, next: TableMetadata): TableMetadata {
  const remaining = listBatches(next)
  const lost = [...listBatches(before)].filter(name => !remaining.has(name))
  if (lost.length === 0) return next
  const kept = JSON.stringify([...readKept(next), ...lost.sort()])
  return { ...next, properties: { ...next.properties, [BATCHES_PROPERTY]: kept } }
}

/**
 * The metadata without the names in its property that aren't needed any more: of what nobody can add again.
 * @param isNeeded is told how many of the names are greater: of those that begin with a time, the newer ones
 * @returns the same object where there are none
 * @throws {TableFormatError}
 */
export function forgetBatches(
  metadata: TableMetadata,
  isNeeded: (name: string, greater: number) => boolean,
): TableMetadata {
  const kept = readKept(metadata)
  const sorted = [...kept].sort().reverse()
  const needed = kept.filter(name => isNeeded(name, sorted.indexOf(name)))
  if (needed.length === kept.length) return metadata
  const { [BATCHES_PROPERTY]: _, ...properties } = metadata.properties
  return {
    ...metadata,
    properties: needed.length === 0 ? properties : { ...properties, [BATCHES_PROPERTY]: JSON.stringify(needed) },
  }
}

function readKept({ location, properties }: TableMetadata): string[] {
  const text = properties[BATCHES_PROPERTY]
  if (text === undefined) return []
  const subject = `${location}: property ${BATCHES_PROPERTY}`
  const expected = 'a JSON list of names'
  try {
    return z.array(z.string()).parse(JSON.parse(text))
  } catch (cause) {
    throw new TableFormatError({ subject, expected, got: text.slice(0, 100), cause })
  }
}
