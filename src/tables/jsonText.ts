/** What stands where JSON wants something else; the message says what and where. */
export class JsonFault extends Error {}

export interface JsonToken {
  readonly kind: 'text' | 'null' | 'array' | 'plain'
  /** A text decoded; anything else as it is spelled. */
  readonly text: string
}

/**
 * The members of an object, in order, without making numbers of them: `JSON.parse` would round them. NaN and Infinity,
 * which are no JSON but what some write, are given as they are, so that they can be refused by name.
 * @throws {JsonFault}
 */
export function* readJsonMembers(json: string): Generator<readonly [name: string, value: JsonToken]> {
  let at = skipSpace(json, 0)
  if (json[at] !== '{') throw faultAt(json, at, '{')
  at = skipSpace(json, at + 1)
  while (json[at] !== '}') {
    if (json[at] !== '"') throw faultAt(json, at, 'a name in quotes')
    const name = readText(json, at)
    at = skipSpace(json, name.end)
    if (json[at] !== ':') throw faultAt(json, at, ':')
    const value = readToken(json, skipSpace(json, at + 1))
    yield [name.text, value]
    at = skipSpace(json, value.end)
    if (json[at] === '}') break
    if (json[at] !== ',') throw faultAt(json, at, ', or }')
    at = skipSpace(json, at + 1)
    if (json[at] === '}') throw faultAt(json, at, 'a name in quotes')
  }
  at = skipSpace(json, at + 1)
  if (at < json.length) throw faultAt(json, at, 'nothing after the object')
}

/** The elements of an array, as {@link readJsonMembers} gives values. @throws {JsonFault} */
export function readJsonElements(json: string): JsonToken[] {
  const elements: JsonToken[] = []
  let at = skipSpace(json, 1)
  if (json[at] === ']') return elements
  for (;;) {
    const element = readToken(json, at)
    elements.push(element)
    at = skipSpace(json, element.end)
    if (json[at] === ']') return elements
    if (json[at] !== ',') throw faultAt(json, at, ', or ]')
    at = skipSpace(json, at + 1)
  }
}

interface PlacedToken extends JsonToken {
  /** Where it ends. */
  readonly end: number
}

function readToken(json: string, at: number): PlacedToken {
  const first = json[at]
  if (first === '"') return readText(json, at)
  if (first === '[' || first === '{') {
    const end = endOfNested(json, at)
    return { kind: first === '[' ? 'array' : 'plain', text: json.slice(at, end), end }
  }
  PLAIN.lastIndex = at
  const text = PLAIN.exec(json)?.[0]
  if (text === undefined) throw faultAt(json, at, 'a value')
  return { kind: text === 'null' ? 'null' : 'plain', text, end: at + text.length }
}

const PLAIN = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|NaN|-?Infinity)(?![\w.+-])/y

function readText(json: string, at: number): PlacedToken {
  let end = json.indexOf('"', at + 1)
  while (end >= 0 && isEscaped(json, end)) end = json.indexOf('"', end + 1)
  if (end < 0) throw faultAt(json, json.length, 'the closing quote of a text')
  const quoted = json.slice(at, end + 1)
  if (!NEEDS_PARSING.test(quoted)) return { kind: 'text', text: quoted.slice(1, -1), end: end + 1 }
  try {
    return { kind: 'text', text: JSON.parse(quoted) as string, end: end + 1 }
  } catch {
    throw faultAt(json, at, 'a text of JSON')
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON wants them escaped
const NEEDS_PARSING = /[\\\x00-\x1f]/

/** Whether an odd number of backslashes stands before it. */
function isEscaped(json: string, quote: number): boolean {
  let at = quote - 1
  while (json[at] === '\\') at--
  return (quote - at) % 2 === 0
}

/** Where an array or object ends; what is within it is looked at no closer. */
function endOfNested(json: string, start: number): number {
  let depth = 0
  let at = start
  for (;;) {
    NESTING.lastIndex = at
    const found = NESTING.exec(json)
    if (!found) throw faultAt(json, json.length, `the end of what begins at character ${start + 1}`)
    at = found.index
    if (found[0] === '"') {
      at = readText(json, at).end
      continue
    }
    depth += found[0] === '[' || found[0] === '{' ? 1 : -1
    at++
    if (depth === 0) return at
  }
}

const NESTING = /["[\]{}]/g

function skipSpace(json: string, from: number): number {
  let at = from
  while (json[at] === ' ' || json[at] === '\t' || json[at] === '\n' || json[at] === '\r') at++
  return at
}

function faultAt(json: string, at: number, expected: string): JsonFault {
  const got = at >= json.length ? 'the end of the line' : JSON.stringify(json.slice(at, at + 10))
  return new JsonFault(`expected ${expected} at character ${at + 1}, got ${got}`)
}
