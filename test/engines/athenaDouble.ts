import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { z } from 'zod'
import { athenaText } from './athenaText.js'

/** A column of what a statement gave: its name, and its type as Trino names it, `decimal(10,2)`. */
export interface DoubleColumn {
  readonly name: string
  readonly type: string
}

export interface DoubleResult {
  readonly columns: readonly DoubleColumn[]
  readonly rows: readonly (readonly unknown[])[]
  readonly scannedBytes?: number
}

/** What a statement is run with: names as the request has them. */
export interface DoubleContext {
  readonly catalog: string
  readonly database: string
  readonly signal: AbortSignal
  /** Tells how much was scanned so far. */
  readonly scanned: (bytes: number) => void
}

/** Runs a statement; an error's message is the reason that Athena gives. */
export type Execute = (sql: string, context: DoubleContext) => Promise<DoubleResult>

/** Something that goes wrong once, with the next request of an operation. */
export type Fault =
  | { readonly kind: 'error'; readonly code: string; readonly message?: string; readonly status?: number }
  /** It is done, and the answer is lost. */
  | { readonly kind: 'lost' }

/** Speaks Athena's API, as far as its documentation says what it does; what runs is somebody else's. */
export interface AthenaDouble {
  readonly endpoint: string
  /** What was asked, in order: `StartQueryExecution`, … */
  readonly asked: readonly string[]
  /** The statements that were run, each once. */
  readonly statements: readonly string[]
  failNext(operation: string, fault: Fault): void
  stop(): Promise<void>
}

interface DoubleOptions {
  readonly execute: Execute
  readonly workgroup?: string
  /** Whether the workgroup says where results go. */
  readonly hasOutput?: boolean
}

const startInput = z.strictObject({
  QueryString: z.string().min(1).max(262_144),
  ClientRequestToken: z.string().min(32).max(128),
  QueryExecutionContext: z.strictObject({ Catalog: z.string().min(1), Database: z.string().min(1).max(255) }),
  WorkGroup: z.string().regex(/^[a-zA-Z0-9._-]{1,128}$/),
  ResultConfiguration: z.strictObject({ OutputLocation: z.string().startsWith('s3://') }).optional(),
  ExecutionParameters: z.array(z.string().min(1).max(1024)).min(1).optional(),
})

const idInput = z.strictObject({ QueryExecutionId: z.string().min(1) })

const resultsInput = z.strictObject({
  QueryExecutionId: z.string().min(1),
  MaxResults: z.number().int().min(1).max(1000).optional(),
  NextToken: z.string().optional(),
})

interface Execution {
  readonly id: string
  readonly input: z.infer<typeof startInput>
  readonly stopper: AbortController
  state: 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED'
  reason?: string
  result?: DoubleResult
  scannedBytes: number
}

class Refusal extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status = 400) {
    super(message)
    this.code = code
    this.status = status
  }
}

const invalid = (message: string): Refusal => new Refusal('InvalidRequestException', message)

export async function startAthenaDouble(options: DoubleOptions): Promise<AthenaDouble> {
  const { execute, workgroup = 'primary', hasOutput = true } = options
  const executions = new Map<string, Execution>()
  const tokens = new Map<string, Execution>()
  const [asked, statements]: [string[], string[]] = [[], []]
  const faults: { operation: string; fault: Fault }[] = []

  const start = (body: unknown) => {
    const input = startInput.parse(body)
    if (input.WorkGroup !== workgroup) throw invalid(`WorkGroup ${input.WorkGroup} is not found.`)
    if (!hasOutput && !input.ResultConfiguration)
      throw invalid(
        'No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.',
      )
    const known = tokens.get(input.ClientRequestToken)
    if (known && known.input.QueryString !== input.QueryString) throw invalid('Idempotent parameters do not match')
    if (known) return { QueryExecutionId: known.id }
    const execution: Execution = {
      id: randomUUID(),
      input,
      stopper: new AbortController(),
      state: 'QUEUED',
      scannedBytes: 0,
    }
    executions.set(execution.id, execution)
    tokens.set(input.ClientRequestToken, execution)
    statements.push(input.QueryString)
    return { QueryExecutionId: execution.id }
  }

  const begin = (execution: Execution): void => {
    const { input, stopper } = execution
    execution.state = 'RUNNING'
    const { Catalog: catalog, Database: database } = input.QueryExecutionContext
    const scanned = (bytes: number) => {
      execution.scannedBytes = bytes
    }
    execute(input.QueryString, { catalog, database, signal: stopper.signal, scanned }).then(
      result => {
        if (execution.state !== 'RUNNING') return
        execution.result = result
        execution.scannedBytes = result.scannedBytes ?? execution.scannedBytes
        execution.state = 'SUCCEEDED'
      },
      error => {
        if (execution.state !== 'RUNNING') return
        execution.reason = error instanceof Error ? error.message : String(error)
        execution.state = 'FAILED'
      },
    )
  }

  const find = (body: unknown): Execution => {
    const { QueryExecutionId: id } = z.looseObject({ QueryExecutionId: z.string() }).parse(body)
    const execution = executions.get(id)
    if (!execution) throw invalid(`QueryExecution ${id} was not found`)
    return execution
  }

  const operations: Readonly<Record<string, (body: unknown) => unknown>> = {
    StartQueryExecution: start,
    GetQueryExecution: body => {
      const execution = find(idInput.parse(body))
      const told = describe(execution)
      if (execution.state === 'QUEUED') begin(execution)
      return told
    },
    GetQueryResults: body => {
      const input = resultsInput.parse(body)
      const execution = find(input)
      if (execution.state !== 'SUCCEEDED' || !execution.result)
        throw invalid(`Query has not yet finished. Current state: ${execution.state}`)
      return pageOf(execution.result, execution.input.QueryString, input)
    },
    StopQueryExecution: body => {
      const execution = find(idInput.parse(body))
      if (execution.state === 'QUEUED' || execution.state === 'RUNNING') {
        execution.state = 'CANCELLED'
        execution.stopper.abort()
      }
      return {}
    },
  }

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const operation = String(request.headers['x-amz-target']).replace(/^AmazonAthena\./, '')
    asked.push(operation)
    try {
      if (request.method !== 'POST' || request.headers['content-type'] !== 'application/x-amz-json-1.1')
        throw new Refusal('SerializationException', 'not JSON 1.1')
      if (!/^AWS4-HMAC-SHA256 .*\/athena\/aws4_request/.test(request.headers.authorization ?? ''))
        throw new Refusal('MissingAuthenticationTokenException', 'not signed for athena', 403)
      const at = faults.findIndex(each => each.operation === operation)
      const fault = at < 0 ? undefined : faults.splice(at, 1)[0]?.fault
      if (fault?.kind === 'error') throw new Refusal(fault.code, fault.message ?? 'Rate exceeded', fault.status)
      const act = operations[operation]
      if (!act) throw new Refusal('UnknownOperationException', operation)
      const answer = act(JSON.parse(await readText(request)))
      if (fault?.kind === 'lost') return void request.socket.destroy()
      send(response, 200, answer)
    } catch (error) {
      if (error instanceof Refusal) return send(response, error.status, { __type: error.code, message: error.message })
      send(response, 400, { __type: 'InvalidRequestException', message: String(error) })
    }
  }

  const server = createServer((request, response) => void serve(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a port')
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    asked,
    statements,
    failNext: (operation, fault) => void faults.push({ operation, fault }),
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
}

const statementType = (sql: string): 'DML' | 'DDL' | 'UTILITY' =>
  /^\s*(?:\(|select|with|values|table|insert)/i.test(sql)
    ? 'DML'
    : /^\s*(?:explain|show|describe)/i.test(sql)
      ? 'UTILITY'
      : 'DDL'

const describe = ({ id, input, state, reason, scannedBytes }: Execution) => ({
  QueryExecution: {
    QueryExecutionId: id,
    Query: input.QueryString,
    StatementType: statementType(input.QueryString),
    WorkGroup: input.WorkGroup,
    QueryExecutionContext: input.QueryExecutionContext,
    Status: { State: state, ...(reason !== undefined && { StateChangeReason: reason }) },
    Statistics: { DataScannedInBytes: scannedBytes, TotalExecutionTimeInMillis: 1234 },
  },
})

/** The first page begins with the columns' names, which count as a row. */
function pageOf(
  { columns, rows }: DoubleResult,
  sql: string,
  { MaxResults = 1000, NextToken }: z.infer<typeof resultsInput>,
) {
  const header = columns.map(({ name }) => ({ VarCharValue: name }))
  const isNamed = statementType(sql) === 'DML' || /^\s*explain/i.test(sql)
  const all = [...(isNamed ? [header] : []), ...rows.map(row => row.map(toDatum))]
  const from = NextToken === undefined ? 0 : Number(Buffer.from(NextToken, 'base64').toString())
  const next = from + MaxResults
  return {
    ...(next < all.length && { NextToken: Buffer.from(String(next)).toString('base64') }),
    ResultSet: {
      Rows: all.slice(from, next).map(Data => ({ Data })),
      ResultSetMetadata: { ColumnInfo: columns.map(columnInfo) },
    },
  }

  function toDatum(value: unknown, i: number): { VarCharValue?: string } {
    return value === null ? {} : { VarCharValue: athenaText(value, columns[i]?.type ?? 'varchar') }
  }
}

/** Athena names a type without what is in it: `array`, `row`, `varchar`. */
function columnInfo({ name, type }: DoubleColumn) {
  const [, base = type, numbers = '', zoned = ''] = /^([a-z ]+)(?:\(([\d, ]+)\))?( with time zone)?/i.exec(type) ?? []
  const [precision = 0, scale = 0] = base === 'decimal' ? numbers.split(',').map(Number) : []
  return {
    ...{ CatalogName: 'hive', SchemaName: '', TableName: '', Name: name, Label: name },
    ...{ Type: `${base.trim()}${zoned}`, Precision: precision, Scale: scale, Nullable: 'UNKNOWN', CaseSensitive: true },
  }
}
