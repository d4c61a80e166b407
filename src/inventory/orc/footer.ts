import { damaged, OrcUnsupportedError } from './orcError.js'
import { asBytes, asNumber, asNumbers, asText, parseFields } from './protobuf.js'

/** The kinds of the specification's `Type.Kind`, by number. */
export const ORC_KINDS = [
  'BOOLEAN',
  'BYTE',
  'SHORT',
  'INT',
  'LONG',
  'FLOAT',
  'DOUBLE',
  'STRING',
  'BINARY',
  'TIMESTAMP',
  'LIST',
  'MAP',
  'STRUCT',
  'UNION',
  'DECIMAL',
  'DATE',
  'VARCHAR',
  'CHAR',
  'TIMESTAMP_INSTANT',
] as const

export type OrcKind = (typeof ORC_KINDS)[number]

/** A field of the root struct. */
export interface OrcColumn {
  readonly name: string
  readonly kind: OrcKind
  /** Its place in the type tree, which its streams go by. The root is 0. */
  readonly id: number
}

/** Where a stripe lies in the file: indexes, data, then its own footer. */
export interface OrcStripe {
  readonly offset: number
  readonly indexBytes: number
  readonly dataBytes: number
  readonly footerBytes: number
  readonly rowCount: number
}

/** What the file's footer says. */
export interface Footer {
  readonly columns: readonly OrcColumn[]
  /** How many types the tree has: as many encodings has each stripe. */
  readonly typeCount: number
  readonly rowCount: number
  /** In the order of their offsets, none over another. */
  readonly stripes: readonly OrcStripe[]
}

/**
 * Reads a Footer message (ORC v1, "Footer").
 * @param bodyEnd where the tail begins: no stripe reaches past it
 * @throws {OrcUnsupportedError} if columns are encrypted, or the root is no struct
 * @throws {OrcError} if it is no such message, or contradicts itself or the file's size
 */
export function parseFooter(bytes: Uint8Array, bodyEnd: number, subject: string): Footer {
  const place = `${subject}, footer`
  const stripes: OrcStripe[] = []
  const types: Type[] = []
  let rowCount = 0
  let free = HEADER_BYTES
  for (const field of parseFields(bytes, place)) {
    if (field.id === 3) {
      const stripe = parseStripe(asBytes(field, place), free, bodyEnd, `${subject}, stripe ${stripes.length + 1}`)
      free = stripe.offset + stripe.indexBytes + stripe.dataBytes + stripe.footerBytes
      stripes.push(stripe)
    } else if (field.id === 4) types.push(parseType(asBytes(field, place), types.length, place))
    else if (field.id === 6) rowCount = asNumber(field, place)
    else if (field.id === 10) throw encrypted(subject)
  }
  const striped = stripes.reduce((sum, stripe) => sum + stripe.rowCount, 0)
  if (striped !== rowCount) throw damaged(place, `${rowCount} rows in all stripes`, `${striped}`)
  return { columns: columnsOf(types, subject), typeCount: types.length, rowCount, stripes }
}

/** The bytes "ORC", which every file starts with. */
export const HEADER_BYTES = 3

/** Far above any table's width; a bound on what a small, hostile footer can make us hold. */
const MAX_TYPES = 100_000

interface Type {
  readonly kind: OrcKind
  readonly subtypes: readonly number[]
  readonly fieldNames: readonly string[]
}

function parseStripe(bytes: Uint8Array, free: number, bodyEnd: number, place: string): OrcStripe {
  let offset = 0
  let indexBytes = 0
  let dataBytes = 0
  let footerBytes = 0
  let rowCount = 0
  for (const field of parseFields(bytes, place)) {
    if (field.id === 1) offset = asNumber(field, place)
    else if (field.id === 2) indexBytes = asNumber(field, place)
    else if (field.id === 3) dataBytes = asNumber(field, place)
    else if (field.id === 4) footerBytes = asNumber(field, place)
    else if (field.id === 5) rowCount = asNumber(field, place)
  }
  const end = offset + indexBytes + dataBytes + footerBytes
  if (offset < free || end > bodyEnd || footerBytes === 0)
    throw damaged(place, `a stripe with a footer within bytes ${free} to ${bodyEnd}`, `bytes ${offset} to ${end}`)
  return { offset, indexBytes, dataBytes, footerBytes, rowCount }
}

function parseType(bytes: Uint8Array, id: number, footer: string): Type {
  const place = `${footer}, type ${id}`
  if (id >= MAX_TYPES) throw damaged(footer, `at most ${MAX_TYPES} types`, 'more')
  let kind = 0
  const subtypes: number[] = []
  const fieldNames: string[] = []
  for (const field of parseFields(bytes, place)) {
    if (field.id === 1) kind = asNumber(field, place)
    else if (field.id === 2) for (const subtype of asNumbers(field, place)) subtypes.push(subtype)
    else if (field.id === 3) fieldNames.push(asText(field, place))
  }
  const name = ORC_KINDS[kind]
  if (name === undefined) throw damaged(place, `a kind of 0 to ${ORC_KINDS.length - 1}`, `${kind}`)
  return { kind: name, subtypes, fieldNames }
}

function columnsOf(types: readonly Type[], subject: string): OrcColumn[] {
  const [root] = types
  if (root?.kind !== 'STRUCT')
    throw new OrcUnsupportedError({ subject, expected: 'rows that are structs', got: root?.kind ?? 'no types' })
  if (root.subtypes.length !== root.fieldNames.length)
    throw damaged(subject, `${root.subtypes.length} column names`, `${root.fieldNames.length}`)
  return root.fieldNames.map((name, i) => {
    const id = root.subtypes[i] ?? 0
    const type = types[id]
    if (type === undefined || id === 0)
      throw damaged(subject, `column ${name} to be type 1 to ${types.length - 1}`, `${id}`)
    return { name, kind: type.kind, id }
  })
}

const encrypted = (subject: string): OrcUnsupportedError =>
  new OrcUnsupportedError({
    subject,
    expected: 'an ORC file without encrypted columns',
    got: 'encrypted columns',
    fix: 'have the file written without column encryption (encryption of the object itself is fine)',
  })
