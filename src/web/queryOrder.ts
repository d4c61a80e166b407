import { z } from 'zod'

// What the server and the process of a query tell each other. The order goes by Node's channel, so that no other process sees
// what is in it; the answer comes on stdout, which makes the process wait where nobody reads: a line with the columns, one
// for each row, and a last one.

const credentials = z.object({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  sessionToken: z.string().optional(),
})

/** How `s3://` is read: never by what the process could find by itself. */
const s3Order = z.object({
  /** A folder that has httpfs; where it is installed unless given. */
  extensions: z.string().optional(),
  region: z.string(),
  endpoint: z.string().optional(),
  pathStyle: z.boolean(),
  credentials,
  retries: z.number(),
  timeoutMs: z.number(),
})
export type S3Order = z.output<typeof s3Order>

/** What the process is to do. */
export const queryOrder = z.object({
  sql: z.string(),
  limit: z.number(),
  format: z.enum(['json', 'csv']),
  answerBytes: z.number(),
  engineBytes: z.number(),
  tempBytes: z.number(),
  threads: z.number(),
  tempFolder: z.string(),
  views: z.array(z.object({ schema: z.string().optional(), name: z.string(), select: z.string() })),
  s3: s3Order.optional(),
})
export type QueryOrder = z.output<typeof queryOrder>

const facts = z.object({
  subject: z.string(),
  expected: z.string().optional(),
  got: z.string().optional(),
  fix: z.string().optional(),
})

/** The first line, and the last one, which may be the first. A row begins with `[`, or with `"` where it is a line of CSV as JSON. */
export const queryWord = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('columns'), columns: z.array(z.object({ name: z.string(), type: z.string() })) }),
  z.object({ kind: z.literal('done'), isCut: z.boolean() }),
  /** usage: it was refused; query: DuckDB's; memory: it needs more than it may have. */
  z.object({ kind: z.literal('failed'), why: z.enum(['usage', 'query', 'memory', 'answer']), facts }),
])
export type QueryWord = z.output<typeof queryWord>
