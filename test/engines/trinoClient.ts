import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'lossless-json'
import { z } from 'zod'

// Trino's own JavaScript client reads answers by JSON.parse, which rounds whole numbers beyond 2^53, as fingerprints are;
// and it doesn't say that it knows timestamps of microseconds, so that Trino rounds them to milliseconds.

export interface TrinoResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  /** Numbers as Trino writes them, with every digit. */
  readonly rows: readonly (readonly (string | boolean | null)[])[]
}

/** A statement that Trino refused or couldn't finish, in its own words. */
export class TrinoError extends Error {}

const answer = z.object({
  nextUri: z.string().optional(),
  columns: z.array(z.object({ name: z.string(), type: z.string() })).optional(),
  data: z.array(z.array(z.union([z.string(), z.boolean(), z.null()]))).optional(),
  error: z.object({ errorName: z.string(), message: z.string() }).optional(),
})

/** Runs a statement to its end. @throws {TrinoError} */
export async function runOnTrino(url: string, sql: string): Promise<TrinoResult> {
  const rows: TrinoResult['rows'][number][] = []
  let columns: TrinoResult['columns'] = []
  let page = await ask(`${url}/v1/statement`, { method: 'POST', body: sql })
  for (;;) {
    if (page.error) throw new TrinoError(`${page.error.errorName}: ${page.error.message}`)
    columns = page.columns ?? columns
    rows.push(...(page.data ?? []))
    if (page.nextUri === undefined) return { columns, rows }
    page = await ask(page.nextUri)
  }
}

const HEADERS = {
  'x-trino-user': 'stocktake',
  'x-trino-time-zone': 'UTC',
  'x-trino-client-capabilities': 'PARAMETRIC_DATETIME',
}

/** One page. The protocol asks for another try where the server is busy. */
async function ask(url: string, init: RequestInit = {}, triesLeft = 100): Promise<z.infer<typeof answer>> {
  const response = await fetch(url, { ...init, headers: HEADERS })
  const text = await response.text()
  if ([502, 503, 504].includes(response.status) && triesLeft > 0) {
    await sleep(100)
    return ask(url, init, triesLeft - 1)
  }
  if (!response.ok) throw new TrinoError(`HTTP ${response.status}: ${text}`)
  return answer.parse(parse(text, undefined, number => number))
}
