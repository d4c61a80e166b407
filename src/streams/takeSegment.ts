import type { Catalog } from '../iceberg/catalog.js'
import { hasSegment } from './commitSegment.js'
import type { TakeSegment } from './copyStreams.js'
import { type ClaimEffects, claimSegment, SegmentLostError } from './etlClaim.js'
import { segmentBatch } from './streamPlaces.js'
import { STREAM_PROPERTY } from './streamTables.js'

export interface TakeEffects extends ClaimEffects {
  readonly catalog: Catalog
}

/** {@link TakeSegment}, as an etl takes it: not one that an etl has, or whose rows are in a table already. */
export async function takeSegment(
  ...[stream, segment, act, effects]: [...Parameters<TakeSegment>, TakeEffects]
): Promise<boolean> {
  const claim = await claimSegment(stream, segment, effects)
  if (!claim) return false
  const isOwn = async (): Promise<boolean> => {
    if (await isInTables(stream, segment, effects)) return false
    try {
      claim.check()
      return true
    } catch (error) {
      if (error instanceof SegmentLostError) return false
      throw error
    }
  }
  let isGone = false
  try {
    isGone = (await isOwn()) && (await act(isOwn))
    return isGone
  } finally {
    await (isGone ? claim.forget() : claim.release())
  }
}

async function isInTables(stream: string, segment: string, { catalog }: TakeEffects): Promise<boolean> {
  for await (const name of catalog.list()) {
    if (!name.includes('.')) continue // one of the lake's own
    const table = await catalog.load(name)
    if (table?.metadata.properties[STREAM_PROPERTY] !== stream) continue
    if (hasSegment(table, segmentBatch(stream, segment))) return true
  }
  return false
}
