import type { TableMetadata } from '../iceberg/metadata.js'
import type { Check } from '../snapshot/connectorChecks.js'
import { ASPECTS, compareTable, type Difference } from './differences.js'
import { tableCommand } from './tableCommand.js'
import type { DeclaredTable } from './tableSpec.js'

/** Whether the table is as it is declared: for each aspect a row that says so, or one for each difference. */
export function verifyDeclared(declared: DeclaredTable, metadata: TableMetadata): Check[] {
  const differences = compareTable(declared, metadata)
  return ASPECTS.flatMap(aspect => {
    const found = differences.filter(difference => difference.aspect === aspect)
    if (found.length > 0) return found.map(each => toCheck(each, declared))
    return [{ status: 'ok' as const, check: aspect, found: describeAspect(aspect, declared), fix: null }]
  })
}

/** Of comments and properties no answer depends. */
function toCheck(difference: Difference, table: DeclaredTable): Check {
  const { aspect, what, declared, found, fix, isForeign = false } = difference
  return {
    status: isForeign || aspect === 'comments' || aspect === 'properties' ? 'warn' : 'fail',
    check: aspect,
    found: `${what}: declared ${declared}, found ${found}`,
    fix: fix ?? tableCommand(table, 'create'),
  }
}

function describeAspect(aspect: Difference['aspect'], declared: DeclaredTable): string {
  const { columns, partition, sort } = declared
  const list = (parts: readonly string[]) => (parts.length === 0 ? 'none' : parts.join(', '))
  const count = (of: number, noun: string) => `${of} ${noun}${of === 1 ? '' : 's'}`
  switch (aspect) {
    case 'columns':
      return `${count(columns.length, 'column')}, as declared`
    case 'types':
      return 'as declared'
    case 'required':
      return list(columns.filter(({ required }) => required).map(({ name }) => name))
    case 'comments': {
      const commented = columns.filter(({ comment }) => comment !== undefined).length
      return commented === 0 ? 'none' : `of ${count(commented, 'column')}, as declared`
    }
    case 'partition':
      return list(
        partition.map(({ column, transform }) => (transform === 'identity' ? column : `${transform}(${column})`)),
      )
    case 'sort order':
      return list(sort.map(({ column, direction }) => `${column} ${direction}`))
    case 'properties':
      return list(Object.entries(declared.properties).map(([name, value]) => `${name}=${value}`))
  }
}
