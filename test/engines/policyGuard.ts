import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import type { IamPolicy, IamStatement } from '../../src/setup/readerPolicy.js'

/** Something that a request needs leave for. */
interface Need {
  readonly action: string
  readonly resource: string
  /** Of a listing. */
  readonly prefix?: string
}

/** A stand-in for AWS that does what a policy allows, and refuses the rest, as IAM does. */
export interface PolicyGuard {
  readonly endpoint: string
  /** What was refused: `s3:PutObject arn:aws:s3:::bucket/key`. */
  readonly refused: readonly string[]
  /** The actions that were allowed. */
  readonly used: ReadonlySet<string>
  stop(): Promise<void>
}

/**
 * Starts it before servers that ask for no leave.
 * @param targets where S3 and Glue answer, and where Athena does
 */
export async function startPolicyGuard(
  policy: IamPolicy,
  targets: { readonly aws: string; readonly athena: string },
): Promise<PolicyGuard> {
  const refused: string[] = []
  const used = new Set<string>()
  const server = createServer(async (incoming, outgoing) => {
    const body = await collect(incoming)
    const needs = needsOf(incoming, body)
    const missing = needs.filter(need => !policy.Statement.some(statement => allows(statement, need)))
    for (const { action, resource, prefix } of missing)
      refused.push([action, resource, ...(prefix === undefined ? [] : [prefix])].join(' '))
    if (missing.length > 0) return refuse(incoming, outgoing)
    for (const { action } of needs) used.add(action)
    const isAthena = needs.some(({ action }) => action.startsWith('athena:'))
    await pass(isAthena ? targets.athena : targets.aws, incoming, outgoing, body).catch(() => outgoing.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refused,
    used,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** By the Service Authorization Reference: what each request of Stocktake's is judged by. */
function needsOf({ method = '', url = '', headers }: IncomingMessage, body: Buffer): Need[] {
  const [service, operation] = String(headers['x-amz-target'] ?? '').split('.')
  if (service === 'AWSGlue') return glueNeeds(operation ?? '', JSON.parse(body.toString()))
  if (service === 'AmazonAthena')
    return [{ action: `athena:${operation}`, resource: 'arn:aws:athena:us-east-1:123456789012:workgroup/primary' }]
  const { pathname, searchParams } = new URL(url, 'http://s3')
  const [, bucket = '', ...parts] = pathname.split('/').map(decodeURIComponent)
  const key = parts.join('/')
  const object = `arn:aws:s3:::${bucket}/${key}`
  if (key === '')
    return [{ action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}`, prefix: searchParams.get('prefix') ?? '' }]
  const action =
    method === 'GET' || method === 'HEAD'
      ? 's3:GetObject'
      : method !== 'DELETE'
        ? 's3:PutObject'
        : searchParams.has('uploadId')
          ? 's3:AbortMultipartUpload'
          : 's3:DeleteObject'
  return [{ action, resource: object }]
}

const glueInput = z.looseObject({
  Name: z.string().optional(),
  DatabaseName: z.string().optional(),
  TableInput: z.looseObject({ Name: z.string() }).optional(),
  DatabaseInput: z.looseObject({ Name: z.string() }).optional(),
})

/** Glue judges the catalog, the database and the table, all three. */
function glueNeeds(operation: string, body: unknown): Need[] {
  const input = glueInput.parse(body)
  const start = 'arn:aws:glue:us-east-1:123456789012'
  const database = input.DatabaseName ?? input.DatabaseInput?.Name ?? input.Name ?? ''
  const table = operation === 'GetTables' ? '*' : (input.TableInput?.Name ?? input.Name)
  const isOfTable = input.DatabaseName !== undefined
  return [
    `${start}:catalog`,
    `${start}:database/${database}`,
    ...(isOfTable ? [`${start}:table/${database}/${table}`] : []),
  ].map(resource => ({ action: `glue:${operation}`, resource }))
}

function allows({ Action, Resource, Condition = {} }: IamStatement, { action, resource, prefix }: Need): boolean {
  const prefixes = Condition.StringLikeIfExists?.['s3:prefix']
  return (
    [Action].flat().includes(action) &&
    [Resource].flat().some(pattern => toRegExp(pattern).test(resource)) &&
    (prefixes === undefined || prefix === undefined || [prefixes].flat().some(each => toRegExp(each).test(prefix)))
  )
}

/** `*` and `?` as policies have them; in `${…}` they stand for themselves. */
function toRegExp(pattern: string): RegExp {
  const text = pattern.replace(/\$\{([*?$])\}|[*?]|[.+^${}()|[\]\\]/g, (found, escaped) =>
    escaped ? `\\${escaped}` : found === '*' ? '.*' : found === '?' ? '.' : `\\${found}`,
  )
  return new RegExp(`^${text}$`, 's')
}

function refuse({ headers }: IncomingMessage, outgoing: ServerResponse): void {
  const isJson = headers['x-amz-target'] !== undefined
  outgoing.writeHead(isJson ? 400 : 403, { 'content-type': isJson ? 'application/x-amz-json-1.1' : 'application/xml' })
  outgoing.end(
    isJson
      ? JSON.stringify({ __type: 'AccessDeniedException', Message: 'not authorized' })
      : '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
  )
}

async function pass(target: string, incoming: IncomingMessage, outgoing: ServerResponse, body: Buffer): Promise<void> {
  const { hostname, port } = new URL(target)
  const { url: path, method, headers } = incoming // the Host that was signed, and the path as it came
  const passed = request({ hostname, port, path, method, headers })
  passed.end(body)
  const [answered] = (await once(passed, 'response')) as [IncomingMessage]
  outgoing.writeHead(answered.statusCode ?? 0, answered.headers)
  answered.pipe(outgoing)
}

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}
