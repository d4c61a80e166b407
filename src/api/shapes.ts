import { z } from '@hono/zod-openapi'

// What all parts of the API share. Numbers are written exactly, also past 2^53; a browser rounds those.

/** A moment: ISO 8601 with milliseconds and Z. */
export const time = () => z.iso.datetime()
/** A whole number of things or bytes. */
export const count = () => z.number()

/** Any value that JSON has. */
export const jsonValue = () => z.json().openapi({ type: ['string', 'number', 'boolean', 'object', 'array', 'null'] })

/** An error, as RFC 9457 has it. */
export const problem = z
  .object({
    type: z.string().describe('`about:blank`, or a URI of this kind of problem'),
    title: z.string().describe('of this kind of problem'),
    status: z.int(),
    detail: z.string().describe('what is wrong, and what mends it, in a sentence'),
    subject: z.string().optional().describe('what it is about'),
    expected: z.string().optional(),
    got: z.string().optional(),
    fix: z.string().optional().describe('what to do about it'),
  })
  .openapi('Problem')
export type Problem = z.output<typeof problem>

/** How a table can be had as a whole, beside the page of it that a screen shows. */
export const tableFormat = z
  .enum(['json', 'csv', 'sql'])
  .optional()
  .describe('all rows as a JSON array or as CSV; or the SQL that gives them. A page of them unless given')

export const pageQuery = {
  cursor: z.string().optional().describe('`next` of the page before'),
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('rows of a page'),
}
/** The cursor of the next page; NULL on the last one. */
export const next = () => z.string().nullable()

export const guidParam = z.object({ guid: z.string().min(1).describe('its GUID, or its name') })

/** Which snapshot rows are of, and how old it is: shown wherever its numbers stand. */
export const shownSnapshot = z
  .object({
    connector: z.string(),
    snapshot: z.string(),
    taken_at: time(),
    source: z.enum(['inventory', 'api']),
    sample_rate: z.number().nullable().describe('of a sample, the share that was listed'),
    base_snapshot: z.string().nullable().describe('that its changes are told against'),
    freshness: z.enum(['fresh', 'warn', 'error', 'none']),
  })
  .openapi('ShownSnapshot')
export type ShownSnapshot = z.output<typeof shownSnapshot>
