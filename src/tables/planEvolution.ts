import { isDeepStrictEqual } from 'node:util'
import { ConflictError, UsageError } from '../errors.js'
import { UnsupportedTableError } from '../iceberg/errors.js'
import { evolveSchema } from '../iceberg/evolveSchema.js'
import { evolveSpec } from '../iceberg/evolveSpec.js'
import { currentSchema, currentSpec, type TableMetadata } from '../iceberg/metadata.js'
import { formatType, type NestedField } from '../iceberg/schema.js'
import { formatTransform, parseTransform } from '../iceberg/transform.js'
import { partitionName } from './declaredOrder.js'
import { spellPartition } from './differences.js'
import type { Evolution, PartitionTerm } from './evolution.js'
import type { DeclaredTable } from './tableSpec.js'

/** One thing about a table that an evolution changes. */
export interface EvolvedRow {
  /** `column color`, `type of column size`, `partition`. */
  readonly what: string
  /** NULL where there was none. */
  readonly before: string | null
  /** NULL where there is none any more. */
  readonly after: string | null
}

/**
 * The metadata with other columns and partitions; files stay as they are, and are read and skipped as before.
 * @returns the same object where nothing differs after all
 * @throws {UsageError} for what the table's data can't follow, and for columns that its declaration fills
 * @throws {UnknownColumnError}
 */
export function planEvolution(
  metadata: TableMetadata,
  evolution: Evolution,
  declared: DeclaredTable,
  now: Date,
): TableMetadata {
  requireNotFilled(evolution, declared)
  const drops = evolution.drops.map(name => ({ kind: 'drop' as const, name })) // first: their names become free
  const changed = evolveSchema(metadata, [...drops, ...evolution.changes], now)
  const next = evolution.partition ? evolvePartition(changed, evolution.partition, now) : changed
  return isSameTable(metadata, next) ? metadata : next
}

/** What differs: columns in the order of the new schema, those that are gone, then the partitions. */
export function describeEvolution(before: TableMetadata, after: TableMetadata): EvolvedRow[] {
  const [old, next] = [currentSchema(before).fields, currentSchema(after).fields]
  const spelled = [spellPartition(before, currentSpec(before)), spellPartition(after, currentSpec(after))]
  const [from = null, to = null] = spelled
  const gone = old.filter(field => !next.some(({ id }) => id === field.id))
  return [
    ...next.flatMap(field =>
      compareField(
        old.find(({ id }) => id === field.id),
        field,
      ),
    ),
    ...gone.map(field => ({ what: `column ${field.name}`, before: spellField(field), after: null })),
    ...(currentSpec(before)['spec-id'] === currentSpec(after)['spec-id'] || from === to
      ? []
      : [{ what: 'partition', before: from, after: to }]),
  ]
}

/**
 * That the columns which somebody agreed to lose are still those of that name.
 * @throws {ConflictError}
 */
export function requireSameColumns(names: readonly string[], asked: TableMetadata, now: TableMetadata): void {
  const idOf = (metadata: TableMetadata, name: string) => currentSchema(metadata).fields.find(f => f.name === name)?.id
  const other = names.find(name => idOf(asked, name) !== idOf(now, name))
  if (other === undefined) return
  const got = 'another of that name: somebody has changed the table meanwhile'
  throw new ConflictError({ subject: `column ${other}`, expected: 'the one that was asked about', got, fix: AGAIN })
}

const AGAIN = 'nothing was changed; run it again'

function requireNotFilled({ changes, drops }: Evolution, { columns, file }: DeclaredTable): void {
  const renamed = changes.filter(({ kind }) => kind === 'rename').map(({ name }) => name)
  for (const { name, filledBy } of columns) {
    if (!filledBy) continue
    const rule = `${filledBy.transform}(${filledBy.column})`
    const mistake = drops.includes(name) || renamed.includes(name) ? name : undefined
    const lost = mistake ?? (drops.includes(filledBy.column) && !drops.includes(name) ? filledBy.column : undefined)
    if (lost === undefined) continue
    throw new UsageError({
      subject: `column ${lost}`,
      expected: `a column that may be ${drops.includes(lost) ? 'dropped' : 'renamed'}`,
      got: lost === name ? `one that is filled: ${rule}` : `one that ${name} is filled by: ${rule}`,
      fix: `take "from" of ${name} out of ${file} first`,
    })
  }
}

/** What the table refuses somebody asked for: a mistake of theirs, not the table's. */
function evolvePartition(metadata: TableMetadata, terms: readonly PartitionTerm[], now: Date): TableMetadata {
  try {
    return evolveSpec(metadata, nameFields(metadata, terms), now)
  } catch (cause) {
    if (cause instanceof UnsupportedTableError) throw new UsageError({ ...cause.facts, cause })
    throw cause
  }
}

/** A field that the table has, or had, keeps its name. */
function nameFields(metadata: TableMetadata, terms: readonly PartitionTerm[]) {
  const fields = metadata['partition-specs'].flatMap(spec => spec.fields)
  return terms.map(({ column, transform }) => {
    const id = currentSchema(metadata).fields.find(({ name }) => name === column)?.id
    const known = fields.findLast(field => field['source-id'] === id && isSameTransform(field.transform, transform))
    const name = transform === 'identity' ? column : (known?.name ?? partitionName(column, parseTransform(transform)))
    return { name, column, transform }
  })
}

const isSameTransform = (a: string, b: string): boolean =>
  formatTransform(parseTransform(a)) === formatTransform(parseTransform(b))

/** Two evolutions that undo each other leave ids behind, which are no reason to commit. */
const isSameTable = (a: TableMetadata, b: TableMetadata): boolean =>
  isDeepStrictEqual(currentSchema(a), currentSchema(b)) && a['default-spec-id'] === b['default-spec-id']

function compareField(old: NestedField | undefined, field: NestedField): EvolvedRow[] {
  const column = `column ${field.name}`
  if (!old) return [{ what: column, before: null, after: spellField(field) }]
  const rows: EvolvedRow[] = [
    { what: 'name of column', before: old.name, after: field.name },
    { what: `type of ${column}`, before: formatType(old.type), after: formatType(field.type) },
    { what: column, before: spellRequired(old), after: spellRequired(field) },
    { what: `comment of ${column}`, before: old.doc ?? null, after: field.doc ?? null },
  ]
  return rows.filter(({ before, after }) => before !== after)
}

const spellField = (field: NestedField): string => `${formatType(field.type)}${field.required ? ', required' : ''}`

const spellRequired = ({ required }: NestedField): string => (required ? 'required' : 'may be NULL')
