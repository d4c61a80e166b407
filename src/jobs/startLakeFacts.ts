import type { ChildProcess } from 'node:child_process'
import { StocktakeError } from '../errors.js'
import { formatDuration } from '../output/quantities.js'
import { type LakeFacts, parseLakeFacts } from './lakeFacts.js'

export interface StartLakeFactsEffects {
  /** Starts `stocktake lake-facts` with the lake and configuration of this process, and pipes for what it says. */
  readonly spawn: () => ChildProcess
  /** Raised: the child is killed. */
  readonly signal: AbortSignal
}

/** The facts of the lake could not be had. Those from before are as good as they were. */
export class LakeFactsError extends StocktakeError {}

/** How long a child may take, unless it is told otherwise. */
export const LAKE_FACTS_MS = 120_000

/** What a child may write: facts of 10,000 connectors are below it. */
const MOST_BYTES = 64_000_000
/** What is kept of its complaints. */
const MOST_TOLD = 2_000

/**
 * Has a short-lived child read what metrics and notifications are made of, so that no engine lives in this process.
 * @throws {LakeFactsError} for a child that fails, takes too long, or says what can't be understood
 * @throws the signal's reason
 */
export async function startLakeFacts(
  { timeoutMs }: { readonly timeoutMs: number },
  { spawn, signal }: StartLakeFactsEffects,
): Promise<LakeFacts> {
  signal.throwIfAborted()
  const child = trySpawn(spawn)
  const closed = awaitClose(child)
  let why: string | undefined
  const kill = (reason: string): void => {
    why ??= reason
    child.kill('SIGKILL') // it only reads
  }
  const stop = (): void => kill('stopped')
  const timer = setTimeout(() => kill(`not done after ${formatDuration(timeoutMs)}`), timeoutMs)
  signal.addEventListener('abort', stop)
  try {
    const chunks: Uint8Array[] = []
    let bytes = 0
    child.stdout?.on('data', (chunk: Uint8Array) => {
      bytes += chunk.length
      if (bytes > MOST_BYTES) kill(`more than ${MOST_BYTES} bytes`)
      else chunks.push(chunk)
    })
    let told = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      told = (told + text).slice(-MOST_TOLD)
    })
    const exit = await closed
    signal.throwIfAborted()
    if (exit !== 0 || why !== undefined) throw factsError(why ?? said(told) ?? `exit ${exit}`)
    return understand(Buffer.concat(chunks))
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

function trySpawn(spawn: StartLakeFactsEffects['spawn']): ChildProcess {
  try {
    return spawn()
  } catch (error) {
    throw factsError(error instanceof Error ? error.message : String(error), error)
  }
}

/** @returns its exit code, or the signal that ended it. @throws {LakeFactsError} where it never began */
const awaitClose = (child: ChildProcess): Promise<number | string> =>
  new Promise((resolve, reject) => {
    child.on('error', error => {
      if (child.pid === undefined) reject(factsError(error.message, error))
    })
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })

function understand(bytes: Buffer): LakeFacts {
  try {
    return parseLakeFacts(JSON.parse(bytes.toString('utf8')))
  } catch (error) {
    throw factsError('an answer that is no such facts', error)
  }
}

/** What the child said last, without what it is called. */
const said = (text: string): string | undefined => text.trim().replace(/^stocktake: /, '') || undefined

const factsError = (got: string, cause?: unknown): LakeFactsError =>
  new LakeFactsError({ subject: 'facts of the lake', got, fix: 'see stocktake lake-facts', cause })
