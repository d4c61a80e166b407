import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { z } from 'zod'
import { type Problem, problem } from '../api/shapes.js'
import { pathName } from '../config/settingsIssues.js'
import { OutOfMemoryError } from '../engine/engine.js'
import {
  ConflictError,
  type ErrorFacts,
  formatErrorFacts,
  NotFoundError,
  ReportRefusedError,
  StocktakeError,
  UsageError,
} from '../errors.js'
import { CommitConflictError } from '../iceberg/catalog.js'
import { ConnectorBusyError } from '../jobs/connectorLease.js'
import { MaintainBusyError } from '../jobs/maintainTurn.js'
import { DocumentConflictError } from '../lake/documents.js'
import { ObjectNotFoundError } from '../lake/objectStore.js'
import { S3UnavailableError } from '../lake/s3Errors.js'

// Errors of the API, as RFC 9457 has them. What a StocktakeError says is for whoever asked, where it is about what they
// asked for; of any other failure they learn that there was one, and the log has the rest.

/** The statuses that a problem can have, and what each kind of problem is called. */
const TITLES = {
  400: "The request can't be understood",
  401: 'A token is needed',
  403: 'Not allowed',
  404: 'Not found',
  405: 'No such method here',
  406: 'No such format here',
  409: 'Something else was first',
  411: 'The request must say how long it is',
  412: 'It has changed since it was read',
  413: 'The request is too large',
  415: 'The request is of another media type',
  422: "The request can't be done",
  429: 'Too many at once',
  500: 'The server failed',
  503: "The server can't answer now",
} as const

export type ProblemStatus = keyof typeof TITLES

/** A request that is answered with a problem of just this status. */
export class RequestRefusedError extends StocktakeError {
  readonly status: ProblemStatus

  constructor(status: ProblemStatus, facts: ErrorFacts) {
    super(facts)
    this.status = status
  }
}

/** The answers of a route that are problems, for its description; those that any route can give are added to all. */
export const problemAnswers = (...statuses: readonly ProblemStatus[]): Record<number, ProblemAnswer> =>
  Object.fromEntries(statuses.map(status => [status, problemAnswer(status)]))

/** As a description of the API has it. */
export interface ProblemAnswer {
  readonly description: string
  readonly content: { readonly 'application/problem+json': { readonly schema: typeof problem } }
}

const problemAnswer = (status: ProblemStatus): ProblemAnswer => ({
  description: TITLES[status],
  content: { 'application/problem+json': { schema: problem } },
})

/**
 * What an error is as a problem: private things of the server are not in it.
 * @param isChange whether the request is for more than to read
 */
export function toProblem(error: unknown, isChange: boolean): Problem {
  const status = statusOf(error, isChange)
  const facts = isTold(error, status) ? error.facts : error instanceof OutOfMemoryError ? NO_MEMORY : FACTS[status]
  const { cause: _, ...told } = facts ?? { subject: TITLES[status] }
  return { type: 'about:blank', title: TITLES[status], status, detail: formatErrorFacts(told), ...told }
}

/** The answer to a request that failed. */
export function answerProblem(c: Context, error: unknown): Response {
  const found = toProblem(error, c.req.method !== 'GET' && c.req.method !== 'HEAD')
  const headers = {
    'content-type': 'application/problem+json',
    ...(found.status === 401 && { 'www-authenticate': 'Bearer realm="stocktake"' }),
    ...(BUSY.includes(found.status) && { 'retry-after': RETRY_SECONDS }),
  }
  return c.body(JSON.stringify(found), found.status as 400, headers)
}

/** What zod has found wrong with a request: each place, and what it should be. */
export function toRequestError(error: z.core.$ZodError, target: string): RequestRefusedError {
  return new RequestRefusedError(400, {
    subject: TARGETS[target] ?? target,
    got: error.issues.slice(0, MOST_ISSUES).map(issueText).join('; ').slice(0, MOST_TEXT),
  })
}

const issueText = ({ path, message }: z.core.$ZodIssue): string =>
  path.length === 0 ? message : `${pathName(path)}: ${message}`

const MOST_ISSUES = 5
const MOST_TEXT = 1000

const TARGETS: Readonly<Record<string, string>> = { json: 'body', query: 'query', param: 'path', header: 'headers' }

function statusOf(error: unknown, isChange: boolean): ProblemStatus {
  if (error instanceof RequestRefusedError) return error.status
  if (error instanceof HTTPException) return Object.hasOwn(TITLES, error.status) ? (error.status as ProblemStatus) : 400
  if (error instanceof UsageError || error instanceof ReportRefusedError) return isChange ? 422 : 400
  if (error instanceof NotFoundError) return 404
  if (CONFLICTS.some(each => error instanceof each)) return 409
  return error instanceof S3UnavailableError || error instanceof OutOfMemoryError ? 503 : 500
}

const CONFLICTS = [ConflictError, ConnectorBusyError, MaintainBusyError, DocumentConflictError, CommitConflictError]

/** Of a failure of the server's own, what it says may name its files. */
const isTold = (error: unknown, status: ProblemStatus): error is StocktakeError =>
  error instanceof StocktakeError && (status < 500 || error instanceof RequestRefusedError) && !isOfStore(error)

const isOfStore = (error: StocktakeError): boolean =>
  [ObjectNotFoundError, DocumentConflictError, CommitConflictError].some(each => error instanceof each)

const BUSY: readonly number[] = [429, 503]
const RETRY_SECONDS = '10'

const NO_MEMORY: ErrorFacts = {
  ...{ subject: 'server', got: 'no memory for this beside what others ask for' },
  fix: 'try again in a minute, or ask for less',
}

const FACTS: Partial<Record<ProblemStatus, ErrorFacts>> = {
  400: { subject: 'request', expected: 'JSON that can be read', got: 'something else' },
  404: { subject: 'request', got: 'no such thing' },
  409: { subject: 'request', got: 'somebody else was first', fix: 'load it again' },
  415: { subject: 'content-type', expected: 'application/json', got: 'another' },
  500: { subject: 'server', got: 'an unexpected error', fix: 'the log of the server says more' },
  503: { subject: 'server', got: "S3, which can't be reached now", fix: 'try again in a minute' },
}
