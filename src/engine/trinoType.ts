/** A type in its parts, as Trino spells them: `decimal` with the numbers 38 and 2, `array` with a type. */
export interface TrinoType {
  readonly rawType: string
  readonly arguments: readonly { readonly kind: string; readonly value: number | TrinoType | NamedTrinoType }[]
}

export interface NamedTrinoType {
  /** Absent in rows whose fields have no names. */
  readonly fieldName?: { readonly name: string } | null | undefined
  readonly typeSignature: TrinoType
}
