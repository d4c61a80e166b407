import type { Problem } from '../../api/shapes.js'

export type Query = Readonly<Record<string, string | number | boolean | undefined | readonly string[]>>

/** What the server refused, or why there was no answer: then its status is 0. */
export class ApiError extends Error {
  readonly problem: Problem

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.detail || problem.title, options)
    this.name = 'ApiError'
    this.problem = problem
  }
}

/** The address of a part of the API: `apiUrl('/snapshots', { format: 'csv' })`. Undefined values are left out. */
export function apiUrl(path: string, query: Query = {}): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue
    for (const one of [value].flat()) params.append(name, String(one))
  }
  const text = params.toString()
  return `/api${path}${text === '' ? '' : `?${text}`}`
}

/**
 * Reads a part of the API. Asking again costs little: the browser keeps the answer with its ETag.
 * @throws {ApiError}
 */
export async function getJson<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  const { value } = await ask<T>(apiUrl(path, query), { headers: { accept: 'application/json' } }, signal)
  return value
}

export interface Sent<T> {
  readonly value: T
  readonly location: string | null
  readonly etag: string | null
}

/**
 * Asks for a change; an answer without a body is undefined.
 * @param headers such as `{ 'if-match': etag }`
 * @throws {ApiError}
 */
export async function sendJson<T>(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<Sent<T>> {
  const json = body === undefined ? undefined : JSON.stringify(body)
  const typed = { accept: 'application/json', ...(json !== undefined && { 'content-type': 'application/json' }) }
  return await ask<T>(apiUrl(path), { method, body: json ?? null, headers: { ...typed, ...headers } }, signal)
}

async function ask<T>(url: string, init: RequestInit, signal?: AbortSignal): Promise<Sent<T>> {
  const answer = await reach(url, { ...init, ...(signal && { signal }) })
  const text = await answer.text()
  if (!answer.ok) throw new ApiError(problemOf(answer, text))
  const value = (text === '' ? undefined : parseAnswer(url, text)) as T
  return { value, location: answer.headers.get('location'), etag: answer.headers.get('etag') }
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (cause) {
    if (init.signal?.aborted) throw cause
    throw new ApiError(
      {
        type: 'about:blank',
        title: 'No answer',
        status: 0,
        detail: 'Stocktake did not answer.',
        fix: 'See whether stocktake serve still runs.',
      },
      { cause },
    )
  }
}

function parseAnswer(url: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const detail = `${url} answered with something else than JSON.`
    throw new ApiError({ type: 'about:blank', title: 'No JSON', status: 0, detail }, { cause })
  }
}

/** Of an answer that is no problem document, as a proxy's, what can be said. */
function problemOf(answer: Response, text: string): Problem {
  const title = answer.statusText || `Status ${answer.status}`
  const plain = { type: 'about:blank', title, status: answer.status, detail: `The server answered ${answer.status}.` }
  if (!answer.headers.get('content-type')?.includes('json')) return plain
  try {
    return { ...plain, ...(JSON.parse(text) as Partial<Problem>) }
  } catch {
    return plain
  }
}
