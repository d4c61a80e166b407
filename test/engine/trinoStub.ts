import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { text as readText } from 'node:stream/consumers'

/** A request that the stub got. */
export interface StubRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What it says to a request: a page, a status with a text, or nothing, and the connection is cut. */
export type StubAnswer = object | { readonly status: number; readonly text: string } | 'cut'

/** A server that gives recorded answers, one after the other; `NEXT` in them is where it is. DELETE is answered by itself. */
export async function startTrinoStub(answers: StubAnswer[]) {
  const requests: StubRequest[] = []
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request
    requests.push({ method, path, headers, body: await readText(request) })
    if (method === 'DELETE') return void response.writeHead(204).end()
    const answer = answers.shift()
    if (answer === 'cut' || answer === undefined) return void request.socket.destroy()
    if ('status' in answer && 'text' in answer)
      return void response.writeHead(Number(answer.status)).end(String(answer.text))
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(answer).replaceAll('NEXT', `${placeOf()}/v1/statement/executing`))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const placeOf = (): string => {
    const address = server.address()
    return typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : ''
  }
  return {
    url: placeOf(),
    requests,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
