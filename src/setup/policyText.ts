import { StocktakeError } from '../errors.js'
import { canonicalJson } from './canonicalJson.js'
import type { DeliveryStatement } from './deliveryStatement.js'

/** A bucket policy that nothing can be added to safely. */
export class PolicyError extends StocktakeError {}

export interface MergedPolicy {
  readonly change: 'unchanged' | 'added' | 'replaced'
  /** The whole policy. */
  readonly text: string
}

const VERSION = '2012-10-17'

/**
 * Puts our statement into a policy: in the place of the one of its Sid, or behind the others, which stay byte for byte.
 * @param text the policy that is there; `undefined` for none
 * @param bucket what messages call it
 * @throws {PolicyError} where the policy can't be understood, or has a statement of our Sid that isn't of our making
 */
export function mergeStatement(text: string | undefined, statement: DeliveryStatement, bucket: string): MergedPolicy {
  const fresh = JSON.stringify(statement)
  if (text === undefined) return { change: 'added', text: `{"Version":"${VERSION}","Statement":[${fresh}]}` }
  const subject = `policy of s3://${bucket}`
  const policy = locateStatements(text, subject)
  if (statement.Resource.includes('${') && policy.version !== VERSION)
    throw new PolicyError({
      subject,
      expected: `Version ${VERSION}, which an escaped prefix needs`,
      got: JSON.stringify(policy.version ?? null),
      fix: 'change the policy by hand',
    })
  const ours = policy.statements.filter(({ value }) => isObject(value) && value.Sid === statement.Sid)
  const [own] = ours
  if (!own) return { change: 'added', text: append(text, policy, fresh) }
  if (ours.length > 1 || !isDelivery(own.value))
    throw new PolicyError({
      subject,
      expected: `at most one statement ${statement.Sid}, for the delivery of reports`,
      got: ours.length > 1 ? `${ours.length} of them` : 'another one under that Sid',
      fix: 'give it another Sid, or remove it',
    })
  if (canonicalJson(own.value) === canonicalJson(statement)) return { change: 'unchanged', text }
  return { change: 'replaced', text: text.slice(0, own.start) + fresh + text.slice(own.end) }
}

/** Whether a statement of our Sid is one that this program may have put there. */
function isDelivery(value: unknown): boolean {
  if (!isObject(value)) return false
  const { Effect, Principal, Action } = value
  return (
    Effect === 'Allow' && isObject(Principal) && Principal.Service === 's3.amazonaws.com' && Action === 's3:PutObject'
  )
}

interface Span {
  /** In the text, `end` excluded. */
  readonly start: number
  readonly end: number
  readonly value: unknown
}

interface PolicySpans {
  readonly version: unknown
  /** The value of `Statement`: a list, or the one statement. */
  readonly whole: Span
  readonly statements: readonly Span[]
}

function append(text: string, { whole, statements }: PolicySpans, fresh: string): string {
  const last = statements.at(-1)
  if (!Array.isArray(whole.value))
    return `${text.slice(0, whole.start)}[${text.slice(whole.start, whole.end)},${fresh}]${text.slice(whole.end)}`
  const at = last?.end ?? whole.start + 1
  return `${text.slice(0, at)}${last ? ',' : ''}${fresh}${text.slice(at)}`
}

/** The statements of a policy, and where they stand in its text. @throws {PolicyError} */
export function locateStatements(text: string, subject: string): PolicySpans {
  const policy = parseObject(text)
  const members = policy === undefined ? [] : locateMembers(text)
  const [whole, ...others] = members.filter(({ key }) => key === 'Statement')
  const isKnown = whole && others.length === 0 && isObjectOrList(whole.value)
  if (!isKnown)
    throw new PolicyError({
      subject,
      expected: 'a JSON object with one Statement',
      got: JSON.stringify(text.slice(0, 80)),
      fix: 'look at it in the console, and change it by hand',
    })
  const statements = Array.isArray(whole.value) ? locateItems(text, whole.start) : [whole]
  return { version: policy?.Version, whole, statements }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isObjectOrList = (value: unknown): boolean => typeof value === 'object' && value !== null

// What follows walks a text that JSON.parse has taken, so it needs no checks of its own.

/** The members of the object that the text is. */
function locateMembers(text: string): (Span & { readonly key: unknown })[] {
  const members: (Span & { readonly key: unknown })[] = []
  let at = skipSpace(text, skipSpace(text, 0) + 1)
  while (text[at] === '"') {
    const key = spanAt(text, at)
    const member = spanAt(text, skipSpace(text, skipSpace(text, key.end) + 1))
    members.push({ ...member, key: key.value })
    at = skipSpace(text, member.end)
    if (text[at] === ',') at = skipSpace(text, at + 1)
  }
  return members
}

/** The items of the list that begins there. */
function locateItems(text: string, start: number): Span[] {
  const items: Span[] = []
  let at = skipSpace(text, start + 1)
  while (text[at] !== ']') {
    const item = spanAt(text, at)
    items.push(item)
    at = skipSpace(text, item.end)
    if (text[at] === ',') at = skipSpace(text, at + 1)
  }
  return items
}

function spanAt(text: string, start: number): Span {
  const end = endOfValue(text, start)
  return { start, end, value: JSON.parse(text.slice(start, end)) }
}

function endOfValue(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; ) {
    const character = text[at]
    if (character === '"') at = endOfString(text, at)
    else if (character === '{' || character === '[') {
      depth++
      at++
      continue
    } else if (character === '}' || character === ']') {
      depth--
      at++
    } else if (depth > 0) {
      at++
      continue
    } else at += /^[^\s,\]}]*/.exec(text.slice(at))?.[0].length ?? 1
    if (depth === 0) return at
  }
  return text.length
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

const skipSpace = (text: string, from: number): number => {
  let at = from
  while (/\s/.test(text[at] ?? '')) at++
  return at
}
