import type { PartitionFieldSpec, SortFieldSpec } from '../iceberg/catalog.js'
import { formatType, type Type } from '../iceberg/schema.js'
import { parseTransform, type Transform } from '../iceberg/transform.js'
import { type Complain, type DeclaredColumn, findDeclared } from './declaredColumn.js'
import type { PartitionSettings, SortSettings } from './tableSpecSchema.js'

/** The partition fields; a name that isn't given is the one that Iceberg's own library gives. */
export function toPartition(
  settings: readonly PartitionSettings[],
  columns: readonly DeclaredColumn[],
  complain: Complain,
): PartitionFieldSpec[] {
  const fields = settings.map(({ column, transform, name }) => {
    return { name: name ?? partitionName(column, parseTransform(transform)), column, transform }
  })
  for (const [i, field] of fields.entries()) {
    requireSource(field, ['partition', i], columns, complain)
    requireOwnName(field, i, fields, columns, complain)
  }
  return fields
}

/** The sort order; Iceberg's defaults: NULLs first where it ascends, last where it descends. */
export function toSort(
  settings: readonly SortSettings[],
  columns: readonly DeclaredColumn[],
  complain: Complain,
): SortFieldSpec[] {
  return settings.map(({ column, direction, nulls }, i) => {
    const path = ['sort', i, 'column']
    const source = findDeclared(column, columns, path, complain)
    if (source && typeof source.type !== 'string')
      complain(path, { expected: 'a column that can be sorted', got: `${column}, a ${formatType(source.type)}` })
    const isFirst = nulls === undefined ? direction === 'asc' : nulls === 'first'
    return { column, direction, nullOrder: isFirst ? 'nulls-first' : 'nulls-last' }
  })
}

/** What Iceberg's own library calls the partition field of a column and a transform. */
export function partitionName(column: string, { kind }: Transform): string {
  if (kind === 'identity') return column
  return `${column}_${kind === 'truncate' ? 'trunc' : kind}`
}

function requireSource(
  { column, transform }: PartitionFieldSpec,
  path: readonly PropertyKey[],
  columns: readonly DeclaredColumn[],
  complain: Complain,
): void {
  const source = findDeclared(column, columns, [...path, 'column'], complain)
  if (source && !fits(parseTransform(transform), source.type))
    complain([...path, 'transform'], { expected: `one for ${column}, a ${formatType(source.type)}`, got: transform })
}

function requireOwnName(
  { name, column, transform }: PartitionFieldSpec,
  i: number,
  fields: readonly PartitionFieldSpec[],
  columns: readonly DeclaredColumn[],
  complain: Complain,
): void {
  const isTaken = fields.findIndex(other => other.name === name) < i
  const isColumn = columns.some(other => other.name === name) && !(transform === 'identity' && name === column)
  if (isTaken || isColumn)
    complain(['partition', i], {
      expected: 'a name of its own',
      got: `${name}, which ${isTaken ? 'another field has' : 'is a column'}`,
      fix: 'say another with name:',
    })
}

/** Which types each transform is for (spec, "Partition Transforms"). */
const SOURCES: Readonly<Record<Exclude<Transform['kind'], 'void' | 'unknown'>, RegExp>> = {
  identity: /^/,
  year: /^(date|timestamp|timestamptz)$/,
  month: /^(date|timestamp|timestamptz)$/,
  day: /^(date|timestamp|timestamptz)$/,
  hour: /^(timestamp|timestamptz)$/,
  bucket: /^(int|long|decimal.*|date|time|timestamp|timestamptz|string|uuid|fixed.*|binary)$/,
  truncate: /^(int|long|decimal.*|string|binary)$/,
}

const fits = ({ kind }: Transform, type: Type): boolean =>
  typeof type === 'string' && kind !== 'void' && kind !== 'unknown' && SOURCES[kind].test(type)
