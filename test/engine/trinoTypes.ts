import type { TrinoType } from '../../src/engine/trinoType.js'

/** Types as Trino's answers have them. */
export const typeOf = (rawType: string, ...numbers: number[]): TrinoType => ({
  rawType,
  arguments: numbers.map(value => ({ kind: 'LONG', value })),
})

export const arrayOf = (item: TrinoType): TrinoType => ({
  rawType: 'array',
  arguments: [{ kind: 'TYPE', value: item }],
})

export const mapOf = (...types: readonly [key: TrinoType, value: TrinoType]): TrinoType => ({
  rawType: 'map',
  arguments: types.map(value => ({ kind: 'TYPE', value })),
})

export const rowOf = (...fields: readonly (readonly [name: string | undefined, type: TrinoType])[]): TrinoType => ({
  rawType: 'row',
  arguments: fields.map(([name, typeSignature]) => ({
    kind: 'NAMED_TYPE',
    value: { ...(name !== undefined && { fieldName: { name } }), typeSignature },
  })),
})
