import { type Header, headerError } from './header.js'
import type { ModelParam } from './modelParams.js'

/** A condition `column op $param`. Where the parameter is NULL, it is none. */
export interface Prune {
  readonly column: string
  readonly op: (typeof OPS)[number]
  /** As in `$name`. */
  readonly param: string
}

const OPS = ['=', '<', '<=', '>', '>='] as const

/**
 * What a header says can be left unread, `-- prunes: year >= $from_year, tenant_id = $tenant`: rows for which one of these
 * doesn't hold mean nothing to the answer, nor do those with NULL in the column.
 * @throws {ModelError} with the line that can't be understood
 */
export const parsePrunes = (header: Header, params: readonly ModelParam[]): Prune[] =>
  (header.values.get('prunes') ?? []).flatMap(at =>
    at.text
      .split(',')
      .map(part => part.trim())
      .filter(part => part !== '')
      .map(text => {
        const [, column = '', sign, param = ''] = /^(\w+)\s*([<>]=?|=)\s*\$(\w+)$/.exec(text) ?? []
        const op = OPS.find(known => known === sign)
        if (!op) throw headerError(header, at, { expected: 'COLUMN >= $name, …', got: JSON.stringify(text) })
        if (!params.some(({ name }) => name === param))
          throw headerError(header, at, { expected: `$${param} in the line "-- params:"`, got: 'no such parameter' })
        return { column, op, param }
      }),
  )
