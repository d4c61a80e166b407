import { z } from 'zod'
import { type RetryEffects, waitAfter } from '../lake/retry.js'
import { type ExactValue, parseExactJson } from './exactJson.js'
import { RemoteRefusedError, RemoteUnavailableError } from './remoteErrors.js'
import type { NamedTrinoType, TrinoType } from './trinoType.js'

// Trino's own JavaScript client reads answers by JSON.parse, which rounds whole numbers beyond 2^53, as fingerprints are;
// and it doesn't say that it knows timestamps of microseconds, so that Trino rounds them to milliseconds.
// https://trino.io/docs/current/develop/client-protocol.html

/** A Trino, and as whom it is asked. */
export interface TrinoAddress {
  /** `https://host:port` */
  readonly server: string
  readonly user: string
  /** The value of the header Authorization. */
  readonly authorization?: string
}

/** What a statement is run with. */
export interface TrinoSession {
  readonly catalog?: string
  readonly schema?: string
  /** Session properties, by their names. */
  readonly properties?: Readonly<Record<string, string>>
}

export interface TrinoEffects extends RetryEffects {
  /** How many times a request that failed in passing is sent again. */
  readonly retries: number
}

const typeSignature: z.ZodType<TrinoType> = z.lazy(() =>
  z.object({
    rawType: z.string(),
    arguments: z
      .array(
        z.object({
          kind: z.string(),
          value: z.union([z.number(), namedType, typeSignature]),
        }),
      )
      .default([]),
  }),
)

const namedType: z.ZodType<NamedTrinoType> = z.lazy(() =>
  z.object({ fieldName: z.object({ name: z.string() }).nullish(), typeSignature }),
)

const page = z.object({
  id: z.string(),
  nextUri: z.string().optional(),
  columns: z.array(z.object({ name: z.string(), type: z.string(), typeSignature })).optional(),
  data: z.array(z.array(z.custom<ExactValue>(value => value !== undefined))).optional(),
  stats: z
    .object({
      state: z.string(),
      elapsedTimeMillis: z.number().default(0),
      processedRows: z.coerce.number().default(0),
      processedBytes: z.coerce.number().default(0),
      physicalInputBytes: z.coerce.number().default(0),
      completedSplits: z.number().default(0),
      totalSplits: z.number().default(0),
    })
    .optional(),
  error: z
    .object({
      message: z.string().default('no reason given'),
      errorName: z.string().default('UNKNOWN'),
      errorLocation: z.object({ lineNumber: z.number(), columnNumber: z.number() }).nullish(),
    })
    .optional(),
})

/** One answer about a statement: rows, how far it is, and whether there is more. */
export type TrinoPage = z.infer<typeof page>

/**
 * Runs a statement; its pages as they are asked for, the last without `nextUri`. Leaving the loop early stops the
 * statement, and so does `signal`.
 * @throws {RemoteUnavailableError} {RemoteRefusedError}; the signal's reason once that is raised. What the statement did
 * wrong is in its pages
 */
export async function* trinoPages(
  sql: string,
  address: TrinoAddress,
  session: TrinoSession,
  effects: TrinoEffects,
): AsyncGenerator<TrinoPage> {
  const headers = headersOf(address, session)
  let next: string | undefined
  try {
    let answer = await ask(`${origin(address)}/v1/statement`, { method: 'POST', headers, body: sql }, address, effects)
    for (;;) {
      next = answer.nextUri
      yield answer
      if (next === undefined) return
      answer = await ask(requireSame(next, address), { headers: headersOf(address) }, address, effects)
    }
  } finally {
    if (next !== undefined) await stop(next, address)
  }
}

const STOP_MS = 5000

/** Tells Trino that nobody waits for the rest. Where that can't be told it finds out by itself, minutes later. */
async function stop(uri: string, address: TrinoAddress): Promise<void> {
  const init = { method: 'DELETE', headers: headersOf(address), signal: AbortSignal.timeout(STOP_MS) }
  await fetch(requireSame(uri, address), init).catch(() => {})
}

const origin = ({ server }: TrinoAddress): string => server.replace(/\/+$/, '')

/** Whoever has a password is told nothing of it elsewhere, or in clear text. @throws {RemoteRefusedError} */
function requireSame(uri: string, address: TrinoAddress): string {
  if (address.authorization === undefined || new URL(uri).origin === new URL(address.server).origin) return uri
  throw new RemoteRefusedError({
    subject: `Trino at ${origin(address)}`,
    expected: `more of the answer at ${new URL(address.server).origin}`,
    got: `${new URL(uri).origin}, where no password is sent`,
    fix: 'set http-server.process-forwarded=true on a Trino that is behind a proxy',
  })
}

function headersOf(
  { user, authorization }: TrinoAddress,
  { catalog, schema, properties = {} }: TrinoSession = {},
): Record<string, string> {
  const settings = Object.entries(properties).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return {
    'x-trino-user': encodeURIComponent(user),
    'x-trino-source': 'stocktake',
    'x-trino-time-zone': 'UTC',
    'x-trino-client-capabilities': 'PARAMETRIC_DATETIME',
    ...(catalog !== undefined && { 'x-trino-catalog': encodeURIComponent(catalog) }),
    ...(schema !== undefined && { 'x-trino-schema': encodeURIComponent(schema) }),
    ...(settings.length > 0 && { 'x-trino-session': settings.join(',') }),
    ...(authorization !== undefined && { authorization }),
  }
}

/** One page takes Trino a second at most, and its rows a moment. */
const ANSWER_MS = 120_000

/** One request. Where the server is busy the protocol asks for another try; what was sent and not answered is sent again. */
async function ask(url: string, init: RequestInit, address: TrinoAddress, effects: TrinoEffects): Promise<TrinoPage> {
  const { signal, retries } = effects
  for (let failures = 1; ; failures++) {
    signal.throwIfAborted()
    const said = await answerOf(url, { ...init, signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]) })
    signal.throwIfAborted()
    if (said.text !== undefined && said.status === 200) return parsePage(said.text, address)
    const mayHelp = BUSY.has(said.status) || (said.status === 0 && (init.method !== 'POST' || isUnsent(said.error)))
    if (!mayHelp || failures > retries) throw explain(said, address)
    await waitAfter(failures, effects)
  }
}

const BUSY = new Set([429, 502, 503, 504])

interface Said {
  /** 0 where there was no answer. */
  readonly status: number
  readonly text?: string
  readonly error?: unknown
}

async function answerOf(url: string, init: RequestInit): Promise<Said> {
  try {
    const response = await fetch(url, { ...init, redirect: 'error' })
    return { status: response.status, text: await response.text() }
  } catch (error) {
    return { status: 0, error }
  }
}

/** Whether nothing got through: a statement that may run already isn't sent again. */
const isUnsent = (error: unknown): boolean => UNSENT.has(networkCode(error))

const UNSENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/** The network's code of a failed fetch, which its cause has. */
function networkCode(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause ? String(cause.code) : ''
}

function parsePage(text: string, address: TrinoAddress): TrinoPage {
  const subject = `Trino at ${origin(address)}`
  try {
    return page.parse(parseExactJson(text))
  } catch (cause) {
    throw new RemoteRefusedError({ subject, expected: "an answer in Trino's protocol", got: firstOf(text), cause })
  }
}

function explain({ status, text = '', error }: Said, address: TrinoAddress): Error {
  const subject = `Trino at ${origin(address)}`
  if (status === 0 || BUSY.has(status))
    return new RemoteUnavailableError({
      subject,
      expected: 'an answer',
      got: status === 0 ? networkCode(error) || String(error) : `HTTP ${status}`,
      fix: 'check trino.server, or try again later',
      cause: error,
    })
  if (status === 401 || status === 403)
    return new RemoteRefusedError({
      subject,
      expected: `leave for the user ${address.user}`,
      got: `HTTP ${status}: ${firstOf(text)}`,
      fix: 'check trino.user, and the variable STOCKTAKE_TRINO_PASSWORD or STOCKTAKE_TRINO_TOKEN',
    })
  return new RemoteRefusedError({
    subject,
    expected: "Trino's protocol",
    got: `HTTP ${status}: ${firstOf(text)}`,
    fix: 'check trino.server',
  })
}

const firstOf = (text: string): string => {
  const line = text.trim().replace(/\s+/g, ' ')
  return line === '' ? 'nothing' : line.length > 200 ? `${line.slice(0, 200)}…` : line
}
