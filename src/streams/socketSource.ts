import { backoffMs } from '../lake/retry.js'
import type { IngestEffects } from './ingestEffects.js'
import type { OpenSocket, Socket, SocketEnd } from './socket.js'
import { KEPT_OF_LONG_BYTES, type Source, type SourceSink } from './source.js'

export interface SocketSourceOptions {
  readonly url: string
  readonly agent: string
  /** What is sent once connected; made anew for each connection. */
  readonly subscribe: () => readonly string[]
  readonly silenceMs: number
  /** Whether the source says by messages of its own that it lives; an answer to a ping doesn't count then. */
  readonly hasHeartbeats: boolean
  readonly maxMessageBytes: number
  /** Names a connection. */
  readonly connectionName: (number: number) => string
}

export type SocketSourceEffects = Pick<IngestEffects, 'elapsedMs' | 'sleep' | 'random'> & { readonly open: OpenSocket }

const HANDSHAKE_MS = 10_000
/** A connection that lasted so long was a good one: the next is made at once. */
const STEADY_MS = 10_000
/** Who was refused waits longer: from half of it to all. */
const REFUSED_MS = 60_000
/** Messages of up to so many times the length that is allowed don't end the connection. */
const LONG_FACTOR = 4
/** In so many parts is the time of silence looked at. */
const SILENCE_PARTS = 4
const MOST_FAILURES = 30

/** Records of a WebSocket, which is opened again whenever it ends. */
export function socketSource(options: SocketSourceOptions, effects: SocketSourceEffects): Source {
  let current: Connection | undefined
  let isPaused = false
  return {
    async read(sink, signal) {
      let failures = 0
      for (let number = 1; !signal.aborted; number++) {
        const connection = openConnection(options, options.connectionName(number), sink, effects)
        current = connection
        if (isPaused) connection.pause()
        const startedMs = effects.elapsedMs()
        const end = await connection.ended(signal)
        current = undefined
        if (!end) return
        const lastedMs = effects.elapsedMs() - startedMs
        failures = lastedMs >= STEADY_MS ? 1 : Math.min(failures + 1, MOST_FAILURES)
        const waitMs =
          end.isRefusal && lastedMs < options.silenceMs + STEADY_MS
            ? (REFUSED_MS / 2) * (1 + effects.random())
            : backoffMs(failures, effects.random)
        await effects.sleep(waitMs, signal).catch(() => {})
      }
    },
    pause() {
      isPaused = true
      current?.pause()
    },
    resume() {
      isPaused = false
      current?.resume()
    },
  }
}

interface Connection {
  /** How it ended; nothing if it was by the signal. It is over then. */
  ended(signal: AbortSignal): Promise<SocketEnd | undefined>
  pause(): void
  resume(): void
}

function openConnection(
  options: SocketSourceOptions,
  name: string,
  sink: SourceSink,
  effects: SocketSourceEffects,
): Connection {
  const { url, agent, silenceMs, maxMessageBytes, hasHeartbeats } = options
  const over = new AbortController()
  let end: SocketEnd | undefined
  let isOpen = false
  let isPaused = false
  let hasSpoken = true
  let wasRefused = false
  const socket: Socket = effects.open(
    { url, agent, handshakeMs: HANDSHAKE_MS, maxMessageBytes: maxMessageBytes * LONG_FACTOR },
    {
      opened() {
        isOpen = true
        if (isPaused) socket.pause()
        sink.event({ kind: 'connected', detail: url }, name)
        for (const message of options.subscribe()) socket.send(message)
      },
      message(bytes) {
        hasSpoken = true
        if (bytes.length <= maxMessageBytes) wasRefused = sink.message(bytes, name) || wasRefused
        else sink.tooLong(bytes.subarray(0, KEPT_OF_LONG_BYTES), bytes.length, name)
      },
      alive() {
        if (!hasHeartbeats) hasSpoken = true
      },
      closed: how => close(how),
    },
  )
  const close = (how: SocketEnd | undefined): void => {
    if (over.signal.aborted) return
    end = how && { ...how, isRefusal: how.isRefusal || wasRefused }
    socket.close()
    if (how) sink.event({ kind: 'disconnected', detail: how.reason }, name)
    over.abort()
  }
  const watchSilence = async (): Promise<void> => {
    for (let silent = 0; silent < SILENCE_PARTS; ) {
      await effects.sleep(silenceMs / SILENCE_PARTS, over.signal).catch(() => {})
      if (over.signal.aborted) return
      silent = hasSpoken || isPaused || !isOpen ? 0 : silent + 1
      hasSpoken = false
      if (silent === SILENCE_PARTS / 2) socket.ping()
    }
    const seconds = silenceMs / 1000
    const missed = hasHeartbeats ? { missed: Math.floor(seconds) } : {} // it beats each second
    sink.event({ kind: 'heartbeat_gap', ...missed, detail: `nothing for ${seconds} s` }, name)
    close({ reason: `it said nothing for ${seconds} s`, isRefusal: false })
  }
  void watchSilence()
  return {
    async ended(signal) {
      const stop = (): void => close(undefined)
      signal.addEventListener('abort', stop, { once: true })
      if (signal.aborted) stop()
      if (!over.signal.aborted)
        await new Promise<void>(resolve => over.signal.addEventListener('abort', () => resolve(), { once: true }))
      signal.removeEventListener('abort', stop)
      return end
    },
    pause() {
      isPaused = true
      if (isOpen) socket.pause()
    },
    resume() {
      isPaused = false
      hasSpoken = true
      if (isOpen) socket.resume()
    },
  }
}
