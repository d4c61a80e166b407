import { locateStatements } from './policyText.js'

/** Whether a bucket's policy lets S3 deliver there. */
export interface DeliveryVerdict {
  /** `unsure`: it has conditions that can't be judged from here. */
  readonly verdict: 'allows' | 'refuses' | 'unsure'
  /** The statement that decides, by its Sid or its place: `Sid "Inventory"`, `statement 2`. */
  readonly by?: string
}

/** A delivery as a policy sees it. */
export interface Delivery {
  /** ARN of an object that is delivered. */
  readonly object: string
  /** ARN of the bucket that is reported on. */
  readonly source: string
  /** Of its owner; `undefined` where it isn't known. */
  readonly account: string | undefined
}

type Answer = 'yes' | 'no' | 'maybe'

/**
 * Judges a policy as IAM evaluates one (IAM User Guide, "Policy evaluation logic"): a Deny that applies refuses, else an
 * Allow allows. Where a condition or an element isn't known here, the answer is `unsure`.
 * @param text the policy; `undefined` for none
 * @throws {PolicyError} where it can't be understood
 */
export function judgeDelivery(text: string | undefined, subject: string, delivery: Delivery): DeliveryVerdict {
  if (text === undefined) return { verdict: 'refuses' }
  const statements = locateStatements(text, subject).statements.map(({ value }, i) => ({
    name: nameOf(value, i),
    effect: fieldOf(value, 'Effect'),
    applies: appliesTo(value, delivery),
  }))
  const find = (effect: string, answer: Answer) =>
    statements.find(each => each.effect === effect && each.applies === answer)
  const denied = find('Deny', 'yes')
  if (denied) return { verdict: 'refuses', by: denied.name }
  const allowed = find('Allow', 'yes')
  const doubtful = find('Deny', 'maybe') ?? (allowed ? undefined : find('Allow', 'maybe'))
  if (doubtful) return { verdict: 'unsure', by: doubtful.name }
  return allowed ? { verdict: 'allows', by: allowed.name } : { verdict: 'refuses' }
}

function nameOf(statement: unknown, index: number): string {
  const sid = fieldOf(statement, 'Sid')
  return typeof sid === 'string' && sid !== '' ? `Sid ${JSON.stringify(sid)}` : `statement ${index + 1}`
}

function appliesTo(statement: unknown, delivery: Delivery): Answer {
  return all([
    fieldOf(statement, 'NotPrincipal') === undefined ? isPrincipal(fieldOf(statement, 'Principal')) : 'maybe',
    fieldOf(statement, 'NotAction') === undefined
      ? anyMatches(fieldOf(statement, 'Action'), 's3:putobject', pattern => pattern.toLowerCase())
      : 'maybe',
    fieldOf(statement, 'NotResource') === undefined
      ? anyMatches(fieldOf(statement, 'Resource'), delivery.object)
      : 'maybe',
    areConditionsMet(fieldOf(statement, 'Condition'), delivery),
  ])
}

function isPrincipal(principal: unknown): Answer {
  if (principal === '*') return 'yes'
  const service = anyMatches(fieldOf(principal, 'Service'), 's3.amazonaws.com')
  return service === 'yes' || textsOf(fieldOf(principal, 'AWS')).includes('*') ? 'yes' : 'no'
}

/** Every operator with every key must be met. */
function areConditionsMet(conditions: unknown, delivery: Delivery): Answer {
  if (conditions === undefined) return 'yes'
  const context: Readonly<Record<string, string | undefined>> = {
    'aws:sourcearn': delivery.source,
    'aws:sourceaccount': delivery.account,
    's3:x-amz-acl': 'bucket-owner-full-control',
    'aws:securetransport': 'true',
  }
  return all(
    entriesOf(conditions).flatMap(([operator, keys]) =>
      entriesOf(keys).map(([key, wanted]) => isConditionMet(operator, wanted, context[key.toLowerCase()])),
    ),
  )
}

function isConditionMet(operator: string, wanted: unknown, value: string | undefined): Answer {
  if (value === undefined) return 'maybe'
  switch (operator.toLowerCase().replace(/ifexists$/, '')) {
    case 'stringequals':
      return textsOf(wanted).includes(value) ? 'yes' : 'no'
    case 'stringnotequals':
      return textsOf(wanted).includes(value) ? 'no' : 'yes'
    case 'bool':
      return textsOf(wanted).some(text => text.toLowerCase() === value) ? 'yes' : 'no'
    case 'stringlike':
    case 'arnlike':
    case 'arnequals': // which takes wildcards, too
      return anyMatches(wanted, value)
    case 'stringnotlike':
    case 'arnnotlike':
      return not(anyMatches(wanted, value))
    default:
      return 'maybe'
  }
}

/** Whether one of the patterns matches; a policy variable that isn't an escape can't be known here. */
function anyMatches(patterns: unknown, text: string, prepare = (pattern: string) => pattern): Answer {
  const answers = textsOf(patterns).map(pattern => matches(prepare(pattern), text))
  return answers.includes('yes') ? 'yes' : answers.includes('maybe') ? 'maybe' : 'no'
}

function matches(pattern: string, text: string): Answer {
  const parts = pattern.match(/\$\{[^}]*\}|\*|\?|[^*?$]+|\$/gs) ?? []
  if (parts.some(part => part.startsWith('${') && !/^\$\{[*?$]\}$/.test(part))) return 'maybe'
  const source = parts.map(part => {
    if (part === '*') return '.*'
    if (part === '?') return '.'
    const literal = part.startsWith('${') ? part.charAt(2) : part
    return literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  })
  return new RegExp(`^${source.join('')}$`, 's').test(text) ? 'yes' : 'no'
}

const all = (answers: readonly Answer[]): Answer =>
  answers.includes('no') ? 'no' : answers.includes('maybe') ? 'maybe' : 'yes'

const not = (answer: Answer): Answer => (answer === 'yes' ? 'no' : answer === 'no' ? 'yes' : 'maybe')

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined

const entriesOf = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : []

/** One text or a list of them. */
const textsOf = (value: unknown): string[] =>
  [value].flat().flatMap(item => (typeof item === 'string' || typeof item === 'boolean' ? [String(item)] : []))
