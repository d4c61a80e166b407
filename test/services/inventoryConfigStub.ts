import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One call about inventory configurations. */
export interface InventoryCall {
  readonly method: string
  readonly bucket: string
  /** Of one configuration; `undefined` for a list of them. */
  readonly id: string | undefined
}

/** An error as S3 answers it. */
export interface Refusal {
  readonly status: number
  readonly code: string
  readonly message?: string
}

/**
 * Stands in front of an S3 server that lacks inventory configurations, answers those four calls (PUT, GET, LIST, DELETE)
 * itself as AWS does, and hands everything else on. MiniStack takes them for calls about the bucket: a DELETE would delete it.
 */
export interface InventoryConfigStub {
  readonly endpoint: string
  readonly calls: readonly InventoryCall[]
  /** Configurations as they were put, XML, by bucket and id. */
  readonly configurations: Map<string, Map<string, string>>
  /** Whose the buckets are: requests that expect another owner are denied. `undefined`: anybody's. */
  owner: string | undefined
  /** How many configurations are in one page of a list. */
  pageSize: number
  /** Lists say that there is more, and not where. */
  losesTokens: boolean
  /** Conditions of requests are left out before they are handed on, as if the server knew none. */
  ignoresConditions: boolean
  /** Awaited before each request is answered, whatever it is about; what it gives is the answer. */
  before: (method: string, path: string) => Promise<Refusal | undefined> | Refusal | undefined
  stop(): Promise<void>
}

/** How a stub behaves unless a test says otherwise. */
export const PLAIN_STUB = {
  owner: undefined,
  pageSize: 100,
  losesTokens: false,
  ignoresConditions: false,
  before: () => undefined,
}

export async function startInventoryConfigStub(target: string): Promise<InventoryConfigStub> {
  const calls: InventoryCall[] = []
  const configurations = new Map<string, Map<string, string>>()
  const state: Omit<InventoryConfigStub, 'endpoint' | 'stop'> = { calls, configurations, ...PLAIN_STUB }
  const server = createServer(async (incoming, outgoing) => {
    try {
      await answer(target, state, calls, configurations, incoming, outgoing)
    } catch {
      outgoing.destroy() // the client has gone, or the server
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(state, {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  })
}

async function answer(
  target: string,
  stub: Omit<InventoryConfigStub, 'endpoint' | 'stop'>,
  calls: InventoryCall[],
  configurations: Map<string, Map<string, string>>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const body = await collect(incoming)
  const method = incoming.method ?? ''
  const refusal = await stub.before(method, incoming.url ?? '')
  if (refusal) return refuse(outgoing, refusal.status, refusal.code, refusal.message ?? refusal.code)
  if (stub.ignoresConditions) delete incoming.headers['if-none-match']
  const url = new URL(incoming.url ?? '/', 'http://stub')
  const expected = incoming.headers['x-amz-expected-bucket-owner']
  if (expected !== undefined && stub.owner !== undefined && expected !== stub.owner)
    return refuse(outgoing, 403, 'AccessDenied', 'Access Denied')
  if (!url.searchParams.has('inventory')) return forward(target, incoming, body, outgoing)
  const bucket = decodeURIComponent(url.pathname.split('/')[1] ?? '')
  const id = url.searchParams.get('id') ?? undefined
  calls.push({ method, bucket, id })
  if (!(await hasBucket(target, bucket, incoming)))
    return refuse(outgoing, 404, 'NoSuchBucket', 'The specified bucket does not exist')
  const known = configurations.get(bucket) ?? new Map<string, string>()
  configurations.set(bucket, known)
  if (id === undefined)
    return void send(outgoing, 200, listXml(known, stub, url.searchParams.get('continuation-token')))
  const found = known.get(id)
  const absent = () => refuse(outgoing, 404, 'NoSuchConfiguration', 'The specified configuration does not exist.')
  switch (method) {
    case 'PUT': {
      const text = body.toString('utf8')
      if (/<Id>([^<]*)<\/Id>/.exec(text)?.[1] !== id) return refuse(outgoing, 400, 'InvalidArgument', 'Id mismatch')
      known.set(id, text)
      return void send(outgoing, 200, '')
    }
    case 'GET':
      return found === undefined ? absent() : void send(outgoing, 200, found)
    case 'DELETE':
      return known.delete(id) ? void send(outgoing, 204, '') : absent()
    default:
      return refuse(outgoing, 405, 'MethodNotAllowed', method)
  }
}

/** In the order of their ids, as S3 lists them. */
function listXml(
  known: ReadonlyMap<string, string>,
  { pageSize, losesTokens }: Pick<InventoryConfigStub, 'pageSize' | 'losesTokens'>,
  token: string | null,
): string {
  const ids = [...known.keys()].sort()
  const rest = ids.filter(id => token === null || id > token)
  const page = rest.slice(0, pageSize)
  const isTruncated = losesTokens || rest.length > page.length
  const next = isTruncated && !losesTokens ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ''
  const items = page.map(id => (known.get(id) ?? '').replace(/<\?xml[^>]*\?>/, ''))
  return `<ListInventoryConfigurationsResult>${items.join('')}<IsTruncated>${isTruncated}</IsTruncated>${next}</ListInventoryConfigurationsResult>`
}

function send(outgoing: ServerResponse, status: number, body: string): void {
  outgoing.writeHead(status, { 'content-type': 'application/xml' })
  outgoing.end(body)
}

const refuse = (outgoing: ServerResponse, status: number, code: string, message: string): void =>
  send(outgoing, status, `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`)

async function hasBucket(target: string, bucket: string, { headers }: IncomingMessage): Promise<boolean> {
  const { authorization = '' } = headers
  return (await fetch(`${target}/${bucket}`, { method: 'HEAD', headers: { authorization } })).status !== 404
}

async function forward(target: string, incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse) {
  const { hostname, port } = new URL(target)
  // The Host that was signed, and the path as it came.
  const asked = request({ hostname, port, path: incoming.url, method: incoming.method, headers: incoming.headers })
  asked.end(body)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const { 'transfer-encoding': _, ...headers } = response.headers
  const answered = await collect(response)
  const isHead = incoming.method === 'HEAD'
  outgoing.writeHead(response.statusCode ?? 0, {
    ...headers,
    ...(!isHead && { 'content-length': String(answered.length) }),
  })
  outgoing.end(isHead ? undefined : answered)
}

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}
