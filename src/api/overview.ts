import { z } from '@hono/zod-openapi'
import { gapPage } from './gaps.js'
import { count, shownSnapshot, time } from './shapes.js'

/** What the page shows first. */
export const overview = z
  .object({
    lake: z.string(),
    version: z.string(),
    now: time(),
    connectors: z.array(
      z.object({
        guid: z.string(),
        name: z.string(),
        latest: shownSnapshot.nullable(),
        object_count: count().nullable(),
        total_size_bytes: count().nullable(),
        noncurrent_size_bytes: count().nullable(),
        new_count: count().nullable(),
        modified_count: count().nullable(),
        deleted_count: count().nullable(),
        listing_cost_usd: z.number().nullable().describe('what listing the bucket would have cost'),
        request_cost_usd: z.number().nullable().describe('what its requests cost'),
      }),
    ),
    gaps: gapPage.shape.counts.nullable(),
    collection_count: count(),
    jobs: z.object({ running: count(), waiting: count(), failed: count().describe('in the last day') }),
    daemon: z.object({ seen_at: time().nullable(), is_running: z.boolean() }),
    attention: z
      .array(z.object({ level: z.enum(['warn', 'error']), text: z.string(), href: z.string().describe('on the page') }))
      .describe('what needs a person, the most urgent first'),
  })
  .openapi('Overview')
export type Overview = z.output<typeof overview>
