import { z } from 'zod'
import type { Engine, Params } from '../engine/engine.js'
import type { DataFile } from '../iceberg/dataFile.js'
import type { Schema, Type } from '../iceberg/schema.js'

/**
 * How many bytes of a table's files a query reads at most: those of the columns that its plan takes from them, once for
 * each scan. Row groups that their statistics let DuckDB leave out are in it; a file that doesn't tell the sizes of its
 * columns counts whole.
 * @param files those that are read
 */
export async function findScannedBytes(
  sql: string,
  params: Params,
  { schema, files }: { readonly schema: Schema; readonly files: readonly DataFile[] },
  engine: Engine,
): Promise<number> {
  const [row] = await engine.rows(`explain (format json) ${sql}`, params)
  const scans = z
    .array(planNode)
    .parse(JSON.parse(String(row?.explain_value)))
    .flatMap(listScans)
  const bytes = scans.flatMap(columns => {
    const read = schema.fields.filter(({ name }) => columns.includes(name))
    return files.map(file =>
      bytesOf(
        file,
        read.flatMap(({ id, type }) => leafIds(id, type)),
      ),
    )
  })
  return bytes.reduce((sum, each) => sum + each, 0)
}

interface PlanNode {
  readonly name: string
  readonly children: readonly PlanNode[]
  readonly extra_info: Readonly<Record<string, unknown>>
}

const planNode: z.ZodType<PlanNode> = z.lazy(() =>
  z.object({
    name: z.string(),
    children: z.array(planNode).default([]),
    extra_info: z.record(z.string(), z.unknown()).default({}),
  }),
)

/** The names of the columns that each scan of Parquet files takes, those of its filters too. */
function listScans({ name, children, extra_info }: PlanNode): string[][] {
  const below = children.flatMap(listScans)
  if (!/PARQUET/i.test(name)) return below
  const columns = [extra_info.Projections ?? []].flat().map(String)
  const filtered = [extra_info.Filters ?? []]
    .flat()
    .flatMap(text => String(text).match(/^\w+|(?<=[ (]|AND )\w+/g) ?? [])
  return [[...columns, ...filtered], ...below]
}

/** Sizes are told of what has no parts. */
function leafIds(id: number, type: Type): number[] {
  if (typeof type === 'string') return [id]
  if (type.type === 'list') return leafIds(type['element-id'], type.element)
  if (type.type === 'map') return [...leafIds(type['key-id'], type.key), ...leafIds(type['value-id'], type.value)]
  return type.fields.flatMap(field => leafIds(field.id, field.type))
}

/** A column that the file lacks, as it was added later, has no bytes in it. */
const bytesOf = ({ columnSizes, fileSizeBytes }: DataFile, ids: readonly number[]): number =>
  columnSizes.size === 0 ? fileSizeBytes : ids.reduce((sum, id) => sum + Number(columnSizes.get(id) ?? 0), 0)
