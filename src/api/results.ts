import { z } from '@hono/zod-openapi'
import { count, jsonValue, shownSnapshot, tableFormat } from './shapes.js'

export const columnKind = z.enum(['bytes', 'count', 'share', 'duration', 'usd', 'time', 'text'])
export const resultColumn = z.object({
  name: z.string(),
  title: z.string().describe('for people'),
  kind: columnKind.describe('how people see its values'),
  type: z.string().describe("the engine's own name of the type"),
})
const rows = () => z.array(z.array(jsonValue())).describe('values in the order of the columns')

export const reportInfo = z
  .object({
    name: z.string(),
    question: z.string(),
    params: z.array(z.object({ name: z.string(), type: z.string(), default: jsonValue() })),
    is_own: z.boolean().describe("whether it is a person's own, beside stocktake.yaml"),
    takes_collection: z.boolean(),
  })
  .openapi('ReportInfo')
export const reportList = z.object({ reports: z.array(reportInfo) }).openapi('ReportList')
export type ReportList = z.output<typeof reportList>
export const reportQuery = z.object({
  connector: z.string().optional().describe('all connectors unless given'),
  collection: z.string().optional().describe('GUID or name: the report is of its files alone'),
  param: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .transform(value => [value ?? []].flat())
    .describe('name=value, once for each'),
  format: tableFormat,
})
export const reportAnswer = z
  .object({
    name: z.string(),
    question: z.string(),
    columns: z.array(resultColumn),
    rows: rows(),
    chart: z.object({ kind: z.string(), columns: z.array(z.string()) }).nullable(),
    none: z.string().nullable().describe('what to say where there are no rows'),
    notices: z.array(z.string()).describe('what to bear in mind: samples, stale snapshots'),
    snapshots: z.array(shownSnapshot).describe('that the rows are of'),
    list_requests: count().describe('LIST requests that answering took: 0, as it reads what is cached'),
    sql: z.string(),
    is_cut: z.boolean().describe('whether there are more rows than these'),
  })
  .openapi('ReportAnswer')
export type ReportAnswer = z.output<typeof reportAnswer>

export const sqlRequest = z
  .object({
    sql: z.string().min(1).max(100_000).describe('one SELECT'),
    limit: z.int().min(1).max(10_000).default(1000).describe('rows; CSV has up to a million'),
    format: z.enum(['rows', 'csv']).default('rows'),
  })
  .openapi('SqlRequest', { example: { sql: 'select connector, snapshot, object_count from snapshots', limit: 100 } })
export const sqlAnswer = z
  .object({
    columns: z.array(resultColumn),
    rows: rows(),
    is_cut: z.boolean().describe('whether there are more rows than these'),
    duration_ms: z.number(),
  })
  .openapi('SqlAnswer')
export type SqlAnswer = z.output<typeof sqlAnswer>
export const viewList = z
  .object({ views: z.array(z.object({ name: z.string(), columns: z.array(z.string()) })) })
  .openapi('ViewList')
export type ViewList = z.output<typeof viewList>
