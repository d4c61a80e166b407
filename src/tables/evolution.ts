import { UsageError } from '../errors.js'
import { UnsupportedTableError } from '../iceberg/errors.js'
import type { SchemaChange } from '../iceberg/evolveSchema.js'
import { formatType, type PrimitiveType, type Type } from '../iceberg/schema.js'
import { parseTypeText } from '../iceberg/typeText.js'
import { canBeDeclared, TYPE_RULE } from './declaredColumn.js'
import { COLUMN_RULE, isColumnName } from './tableSpecSchema.js'

/** What is to become of a table's columns and partitions, as it was typed. */
export interface EvolutionTexts {
  /** `NAME TYPE` each. */
  readonly add?: readonly string[]
  /** `OLD=NEW` each. */
  readonly rename?: readonly string[]
  readonly drop?: readonly string[]
  /** `NAME=TYPE` each. */
  readonly widen?: readonly string[]
  readonly relax?: readonly string[]
  /** `NAME=TEXT` each; an empty text takes the comment away. */
  readonly comment?: readonly string[]
  /** `year,bucket(16,product_id)`, or `none`. */
  readonly partition?: string
}

/** Changes of a table's columns and partitions that are made in one commit. */
export interface Evolution {
  /** In the order in which they are made: by the names as they are, renames, then by the new names. */
  readonly changes: readonly SchemaChange[]
  readonly drops: readonly string[]
  /** All fields of the partition spec to come; `undefined`: it stays. */
  readonly partition: readonly PartitionTerm[] | undefined
}

export interface PartitionTerm {
  readonly column: string
  readonly transform: string
}

/** @throws {UsageError} for what can't be understood, and where nothing is to change */
export function parseEvolution(texts: EvolutionTexts): Evolution {
  const { add = [], rename = [], drop = [], widen = [], relax = [], comment = [], partition } = texts
  const evolution = {
    changes: [
      ...widen.map(parseWiden),
      ...relax.map((name): SchemaChange => ({ kind: 'relax', name: requireText(name, '--relax') })),
      ...rename.map(parseRename),
      ...add.map(parseAdd),
      ...comment.map(parseComment),
    ],
    drops: drop.map(name => requireText(name, '--drop')),
    partition: partition === undefined ? undefined : parsePartition(partition),
  }
  if (evolution.changes.length + evolution.drops.length > 0 || evolution.partition) return evolution
  throw new UsageError({
    subject: 'tables evolve',
    expected: 'one of --add, --rename, --drop, --widen, --relax, --comment, --partition',
    got: 'none',
  })
}

function parseAdd(text: string): SchemaChange {
  const [, name, type] = /^\s*(\S+)\s+(\S.*)$/.exec(text) ?? []
  if (name === undefined || type === undefined) throw unreadable('--add', "'NAME TYPE', as in 'color string'", text)
  const subject = `--add ${name}`
  const declared = readType(type, subject)
  if (canBeDeclared(declared)) return { kind: 'add', name: requireColumnName(name, '--add'), type: declared }
  throw new UsageError({ subject, expected: TYPE_RULE, got: formatType(declared), fix: 'nothing was changed' })
}

function parseRename(text: string): SchemaChange {
  const [name, to] = splitPair(text, '--rename', 'OLD=NEW')
  return { kind: 'rename', name, to: requireColumnName(to, '--rename') }
}

function parseWiden(text: string): SchemaChange {
  const [name, to] = splitPair(text, '--widen', "'NAME=TYPE', as in 'size=long'")
  const type = readType(to, `--widen ${name}`)
  if (typeof type === 'string') return { kind: 'widen', name, type: type satisfies PrimitiveType }
  throw unreadable('--widen', 'a type without parts, as long or decimal(12,2)', to)
}

function parseComment(text: string): SchemaChange {
  const [name, doc] = splitPair(text, '--comment', "'NAME=TEXT'")
  return { kind: 'comment', name, doc }
}

function splitPair(text: string, subject: string, expected: string): [name: string, value: string] {
  const at = text.indexOf('=')
  const name = text.slice(0, Math.max(0, at)).trim()
  if (name === '') throw unreadable(subject, expected, text)
  return [name, text.slice(at + 1).trim()]
}

/** A type as a person wrote it; a new column may be NULL, whatever else is wished. */
function readType(text: string, subject: string): Type {
  try {
    return parseTypeText(text, subject)
  } catch (cause) {
    if (!(cause instanceof UnsupportedTableError)) throw cause
    const isRequired = /\b(not\s+null|required)\b/i.test(text)
    const fix = isRequired ? 'leave that out: the rows that are there have NULL in a new column' : undefined
    throw new UsageError({ ...cause.facts, ...(fix !== undefined && { fix }), cause })
  }
}

/** A file couldn't declare one of another name. */
function requireColumnName(text: string, subject: string): string {
  const name = requireText(text, subject)
  if (isColumnName(name)) return name
  throw unreadable(subject, COLUMN_RULE, name)
}

function requireText(text: string, subject: string): string {
  if (text.trim() === '') throw unreadable(subject, 'the name of a column', text)
  return text.trim()
}

/** `tenant_id, month(sold_date), bucket(16, product_id)`; `bucket[16](product_id)` as other places show it. */
function parsePartition(text: string): PartitionTerm[] {
  if (text.trim().toLowerCase() === 'none') return []
  return splitTerms(text).map(term => {
    const call = /^(\w+)\s*(?:\[\s*(\d+)\s*\])?\s*\(\s*(?:(\d+)\s*,\s*)?([^(),]+?)\s*\)$/.exec(term)
    if (!call) {
      if (!/^[^()[\],]+$/.test(term)) throw unreadable('--partition', PARTITION_RULE, text)
      return { column: term, transform: 'identity' }
    }
    const [, name = '', inBrackets, before, column = ''] = call
    const width = inBrackets ?? before
    const transform = width === undefined ? name.toLowerCase() : `${name.toLowerCase()}[${width}]`
    if (TRANSFORM.test(transform)) return { column, transform }
    throw unreadable('--partition', PARTITION_RULE, term)
  })
}

const PARTITION_RULE = "columns, or none, as in 'tenant_id,month(sold_date),bucket(16,product_id),truncate(4,brand)'"
const TRANSFORM = /^(identity|year|month|day|hour|(bucket|truncate)\[[1-9]\d{0,8}\])$/

/** What commas outside of parentheses part. */
function splitTerms(text: string): string[] {
  return text.split(/,(?![^(]*\))/).map(term => term.trim())
}

const unreadable = (subject: string, expected: string, got: string): UsageError =>
  new UsageError({ subject, expected, got: JSON.stringify(got) })
