import type { Server } from 'node:http'

/**
 * Has a server listen.
 * @param port 0 for any that is free
 * @returns the port that it listens on
 * @throws what the system says, with its `code`
 */
export async function listenOn(server: Server, port: number, host: string): Promise<number> {
  server.on('clientError', (_error, socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  server.on('error', () => {}) // a connection that can't be taken now; the next may be
  const address = server.address()
  return typeof address === 'object' && address ? address.port : port
}

/** How long answers under way have when the server is to end. */
const CLOSE_MS = 1_000

/** Ends a server: answers under way have a second to finish. One that doesn't listen has ended. */
export const closeServer = (server: Server): Promise<void> =>
  new Promise(resolve => {
    if (!server.listening) return resolve()
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_MS)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    server.closeIdleConnections()
  })
