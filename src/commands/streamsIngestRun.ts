import { randomBytes, randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Stream } from '../config/stream.js'
import { StocktakeError, UsageError } from '../errors.js'
import { describeProcess } from '../lake/processFacts.js'
import { countText } from '../output/quantities.js'
import { packageVersion } from '../packageFolder.js'
import { makeJwt, parseJwtKey } from '../streams/coinbaseJwt.js'
import { ingestStream } from '../streams/ingest.js'
import type { IngestEffects } from '../streams/ingestEffects.js'
import { lineSource } from '../streams/lineSource.js'
import { openSocket } from '../streams/socket.js'
import { socketSource } from '../streams/socketSource.js'
import type { Source } from '../streams/source.js'
import { subscribeMessages } from '../streams/subscribeMessages.js'
import type { Context } from './globals.js'
import { openLakeStore } from './lakeSession.js'
import { makeLake } from './snapshotSession.js'
import { ingestTeller } from './streamsIngestScreen.js'
import { chooseStream } from './streamsOfConfig.js'
import { documentEffects } from './tasksOfLake.js'

interface IngestFlags {
  readonly name: string
  readonly stdin?: boolean
}

const PROGRESS_MS = 500

/** Ingests a stream until the signal, or until standard input ends. */
export async function ingestHere({ name, stdin = false }: IngestFlags, context: Context): Promise<void> {
  const stream = chooseStream(name, context)
  const effects = ingestEffects(stream, context)
  const source = stdin ? stdinOf(stream, context) : socketOf(stream, effects, context)
  const { place } = await makeLake(context)
  context.log.notice(`ingesting  ${name} from ${stdin ? 'standard input' : stream.url} into ${place}`)
  const { records } = await ingestStream(
    { stream, source, progressMs: PROGRESS_MS },
    { ...effects, ...(await storeEffects(context)) },
  )
  context.progress.clear()
  context.log.notice(`stopped    ${countText(records, 'record')} stored`)
}

/** What was received before the signal is still stored after it. */
const storeEffects = async (context: Context) => ({
  store: await openLakeStore({ ...context, signal: new AbortController().signal }),
  runner: await describeProcess(process.pid),
})

const ingestEffects = (stream: Stream, context: Context): Omit<IngestEffects, 'store' | 'runner'> => ({
  ...documentEffects(context),
  elapsedMs: () => performance.now(),
  host: hostname(),
  newId: randomUUID,
  told: ingestTeller(stream, context),
})

function stdinOf(stream: Stream, { stdin }: Context): Source {
  if (stdin) return lineSource(stdin, stream)
  throw new StocktakeError({ subject: '--stdin', expected: 'standard input to read', got: 'none' })
}

/** @throws {UsageError} for a stream that names no WebSocket, or no key that it needs */
function socketOf(
  stream: Stream,
  effects: Pick<IngestEffects, 'elapsedMs' | 'sleep' | 'random' | 'newId' | 'now'>,
  { env }: Context,
): Source {
  const { name, url, silenceMs, maxMessageBytes } = stream
  if (url === undefined)
    throw new UsageError({
      subject: stream.declaredAt ?? name,
      expected: `a url for ${name}, to receive its records by a WebSocket`,
      got: 'none',
      fix: 'set it, or pipe the records in, with --stdin',
    })
  const makeToken = tokenMaker(stream, env, effects.now)
  const run = effects.newId().slice(0, 8)
  return socketSource(
    {
      ...{ url, silenceMs, maxMessageBytes },
      agent: `stocktake/${packageVersion()}`,
      subscribe: () => subscribeMessages(stream, makeToken),
      hasHeartbeats: stream.source === 'coinbase',
      connectionName: number => `${run}-${number}`,
    },
    { ...effects, open: openSocket },
  )
}

/** @throws {UsageError} where a variable isn't set, or holds no key */
function tokenMaker({ jwt, declaredAt }: Stream, env: Context['env'], now: () => Date): (() => string) | undefined {
  if (!jwt) return undefined
  const requireVariable = (variable: string): string => {
    const value = env[variable]
    if (value) return value
    throw new UsageError({
      subject: `${declaredAt ?? 'stocktake.yaml'}: jwt`,
      expected: `${variable} in the environment`,
      got: 'nothing',
      fix: 'set it, or leave jwt out where the source needs none',
    })
  }
  const key = {
    name: requireVariable(jwt.keyName),
    privateKey: parseJwtKey(requireVariable(jwt.privateKey), jwt.privateKey),
  }
  return () => makeJwt(key, randomBytes(16).toString('hex'), now())
}
