import { UsageError } from '../errors.js'
import { parseBytes } from '../output/quantities.js'

/** A condition under which a command that compares ends as having findings: `deleted>1000`, `modified>=1%`. */
export interface FailOn<Name extends string = string> {
  /** As it was typed. */
  readonly text: string
  readonly name: Name
  readonly op: Op
  readonly limit: Limit
}

/** A number of things or bytes; or parts of a hundred of what there was before, exactly: 1.5 % are `{ digits: 15, scale: 1 }`. */
type Limit =
  | { readonly kind: 'amount'; readonly amount: bigint }
  | { readonly kind: 'percentage'; readonly digits: bigint; readonly scale: number }

type Op = '>' | '>=' | '<' | '<=' | '='

/** What a condition may be about. */
export interface FailOnSubjects<Name extends string> {
  /** Whole numbers of things. */
  readonly counts: readonly Name[]
  /** Bytes, more or fewer. */
  readonly bytes: readonly Name[]
}

const EXPRESSION = /^\s*([a-z_]+)\s*(>=|<=|==|>|<|=)\s*(-?)\s*(\d{1,18}(?:\.\d{1,15})?)\s*(%|[a-z]*)\s*$/i

/** @throws {UsageError} which says what would be understood */
export function parseFailOn<Name extends string>(text: string, subjects: FailOnSubjects<Name>): FailOn<Name> {
  const [, typed = '', op = '', sign = '', amount = '', unit = ''] = EXPRESSION.exec(text) ?? []
  const isBytes = subjects.bytes.some(name => name === typed)
  const name = [...subjects.counts, ...subjects.bytes].find(name => name === typed)
  const limit = unit === '%' ? parsePercentage(sign, amount) : parseAmount(sign, amount, unit, isBytes)
  if (name === undefined || limit === undefined) throw notUnderstood(text, subjects)
  return { text: text.trim(), name, op: op === '==' ? '=' : (op as Op), limit }
}

/**
 * Whether the condition is met.
 * @param value of what it is about
 * @param before what percentages are of; where that is nothing, nothing is 0 % of it, and anything more than any percentage
 */
export function isMet({ op, limit }: FailOn, value: bigint, before: bigint): boolean {
  const difference = limit.kind === 'amount' ? value - limit.amount : beyondShare(limit, value, before)
  switch (op) {
    case '>':
      return difference > 0n
    case '>=':
      return difference >= 0n
    case '<':
      return difference < 0n
    case '<=':
      return difference <= 0n
    case '=':
      return difference === 0n
  }
}

/** Of the sign of what the share is more than the limit. */
function beyondShare(
  { digits, scale }: { readonly digits: bigint; readonly scale: number },
  value: bigint,
  before: bigint,
): bigint {
  if (before > 0n) return value * 100n * 10n ** BigInt(scale) - digits * before
  return value === 0n ? -digits : value
}

function parsePercentage(sign: string, amount: string): Limit {
  const [whole = '', decimals = ''] = amount.split('.')
  return { kind: 'percentage', digits: BigInt(sign + whole + decimals), scale: decimals.length }
}

function parseAmount(sign: string, amount: string, unit: string, isBytes: boolean): Limit | undefined {
  if (!isBytes || (unit === '' && Number(amount) === 0))
    return unit === '' && !amount.includes('.') ? { kind: 'amount', amount: BigInt(sign + amount) } : undefined
  try {
    return { kind: 'amount', amount: BigInt(parseBytes(amount + unit)) * (sign === '-' ? -1n : 1n) }
  } catch (error) {
    if (error instanceof UsageError) return undefined
    throw error
  }
}

function notUnderstood(text: string, { counts, bytes }: FailOnSubjects<string>): UsageError {
  const sizes = bytes.map(name => `, or ${name} and bytes or a percentage: ${name}<-10GB`).join('')
  return new UsageError({
    subject: '--fail-on',
    expected: `${counts.join(', ')} with >, >=, <, <= or = and a number or a percentage: ${counts[0]}>1000, ${counts[1]}>=1%${sizes}`,
    got: JSON.stringify(text),
  })
}
