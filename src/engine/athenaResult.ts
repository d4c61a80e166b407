import type { ColumnInfo, QueryExecution } from '@aws-sdk/client-athena'
import type { AthenaApi } from './athenaApi.js'
import type { ExactValue } from './exactJson.js'
import type { RemoteResult, RemoteStats } from './remoteEngine.js'
import { toRemoteResult } from './remoteResult.js'
import type { TrinoType } from './trinoType.js'

export interface AthenaPrice {
  /** USD for a TB that is scanned. */
  readonly usdPerTb: number
}

const MB = 1_000_000
const TB = 1_000_000_000_000
const LEAST_MB = 10

/** Athena counts whole megabytes, ten at least; what failed or only defines something is free. */
function costOf({ StatementType, Status, Statistics }: QueryExecution, { usdPerTb }: AthenaPrice): number {
  if (StatementType === 'DDL' || Status?.State === 'FAILED') return 0
  const scannedMb = Math.ceil((Statistics?.DataScannedInBytes ?? 0) / MB)
  return ((Math.max(LEAST_MB, scannedMb) * MB) / TB) * usdPerTb
}

export function athenaStats(execution: QueryExecution, options: AthenaPrice): RemoteStats {
  const { QueryExecutionId: queryId = '', Statistics } = execution
  return {
    queryId,
    scannedBytes: Statistics?.DataScannedInBytes ?? 0,
    elapsedMs: Statistics?.TotalExecutionTimeInMillis ?? 0,
    costUsd: costOf(execution, options),
  }
}

/**
 * The result of a query that has ended, page by page.
 * @param signal once it is raised, no more pages are asked for
 */
export async function readAthenaResult(
  execution: QueryExecution,
  options: AthenaPrice,
  api: AthenaApi,
  signal: AbortSignal | undefined,
): Promise<RemoteResult> {
  const id = execution.QueryExecutionId ?? ''
  const first = await api.results(id)
  const infos = first.ResultSet?.ResultSetMetadata?.ColumnInfo ?? []
  const columns = infos.map(info => ({ name: info.Name ?? '', type: typeOf(info) }))
  const toExact = columns.map(({ type }) => (type.rawType === 'varbinary' ? toBase64 : asIs))
  async function* exactRows(): AsyncGenerator<readonly ExactValue[]> {
    let skipped = hasHeader(execution, first.ResultSet?.Rows?.[0]?.Data, infos) ? 1 : 0
    for (let page = first; ; skipped = 0) {
      for (const { Data = [] } of (page.ResultSet?.Rows ?? []).slice(skipped))
        yield toExact.map((convert, i) => {
          const text = Data[i]?.VarCharValue
          return text === undefined ? null : convert(text)
        })
      if (page.NextToken === undefined) return
      signal?.throwIfAborted()
      page = await api.results(id, page.NextToken)
    }
  }
  return toRemoteResult(columns, exactRows(), () => athenaStats(execution, options))
}

/** The first row of a SELECT's first page names the columns; of SHOW and DESCRIBE it is a row like others. */
function hasHeader(
  { StatementType }: QueryExecution,
  first: readonly { readonly VarCharValue?: string | undefined }[] | undefined,
  infos: readonly ColumnInfo[],
): boolean {
  if (first === undefined) return false
  return StatementType === 'DML' || infos.every(({ Name }, i) => first[i]?.VarCharValue === Name)
}

/** Athena names nested types without what is in them. */
function typeOf({ Type = 'varchar', Precision, Scale }: ColumnInfo): TrinoType {
  const numbers = Type === 'decimal' ? [Precision ?? 38, Scale ?? 0] : []
  return { rawType: Type, arguments: numbers.map(value => ({ kind: 'LONG', value })) }
}

const asIs = (text: string): ExactValue => text

/** `de ad be ef` */
const toBase64 = (text: string): ExactValue => Buffer.from(text.replaceAll(' ', ''), 'hex').toString('base64')
