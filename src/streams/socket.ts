import { WebSocket } from 'ws'

/** A connection to a source. */
export interface Socket {
  send(text: string): void
  /** Asks whether the other side is there; the answer is told as `alive`. */
  ping(): void
  /** Stops reading, so that the source is held back as far as the network does that. */
  pause(): void
  resume(): void
  /** Ends it at once; nothing is told any more. */
  close(): void
}

export interface SocketEvents {
  readonly opened: () => void
  readonly message: (bytes: Buffer) => void
  readonly alive: () => void
  /** Once, unless it was closed here. */
  readonly closed: (end: SocketEnd) => void
}

/** How a connection ended. */
export interface SocketEnd {
  readonly reason: string
  /** Whether the source said that it won't have this client: no use in trying again soon. */
  readonly isRefusal: boolean
}

export interface SocketOptions {
  readonly url: string
  /** A longer message ends the connection: the library can't pass over one. */
  readonly maxMessageBytes: number
  readonly handshakeMs: number
  readonly agent: string
}

export type OpenSocket = (options: SocketOptions, events: SocketEvents) => Socket

/** Opens a WebSocket. */
export const openSocket: OpenSocket = ({ url, maxMessageBytes, handshakeMs, agent }, events) => {
  const socket = new WebSocket(url, {
    maxPayload: maxMessageBytes,
    handshakeTimeout: handshakeMs,
    perMessageDeflate: false, // it costs more than the network
    skipUTF8Validation: true, // a message that isn't UTF-8 is kept apart, and not the end of the others
    headers: { 'user-agent': agent },
  })
  let isOver = false
  const end = (reason: string, isRefusal = false): void => {
    if (isOver) return
    isOver = true
    socket.terminate()
    events.closed({ reason, isRefusal })
  }
  socket
    .on('open', () => isOver || events.opened())
    .on('message', data => isOver || events.message(data as Buffer))
    .on('ping', () => isOver || events.alive())
    .on('pong', () => isOver || events.alive())
    .on('unexpected-response', (_request, { statusCode = 0, statusMessage = '' }) =>
      end(`HTTP ${statusCode} ${statusMessage}`.trim(), statusCode >= 400 && statusCode < 500),
    )
    .on('error', error => end(error.message || String(error)))
    .on('close', (code, reason) => end(closeText(code, reason.toString())))
  return {
    send: text => socket.send(text, () => {}), // a failure ends the connection, which is told
    ping: () => socket.ping(() => {}),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close() {
      isOver = true
      socket.terminate()
    },
  }
}

/** Without a closing handshake. */
const ABNORMAL = 1006

const closeText = (code: number, reason: string): string =>
  code === ABNORMAL ? 'the connection broke' : `closed by the source: ${code}${reason === '' ? '' : ` ${reason}`}`
