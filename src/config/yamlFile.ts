import { isMap, isPair, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml'
import { UsageError } from '../errors.js'

/** A parsed YAML file, whose values know where they stand. */
export interface YamlFile {
  readonly value: unknown
  /**
   * Where the value, or with `isKey` its key, stands: `stocktake.yaml:12:5`. Of what isn't there, where its nearest
   * parent that is there stands.
   */
  locate(path: readonly PropertyKey[], isKey: boolean): string
}

/**
 * Parses one YAML document into plain values.
 * @param name what messages call the file
 * @throws {UsageError} with a line for each mistake: broken syntax, a key given twice, an unknown tag, a second
 *   document, aliases that multiply into more than a person would write, values nested too deeply
 */
export function parseYaml(text: string, name: string): YamlFile {
  try {
    return parseNested(text, name)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw depthError(name, cause)
  }
}

/** @throws {RangeError} for what is nested so deeply that no call can follow it; the parser tells of some of it itself */
function parseNested(text: string, name: string): YamlFile {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, prettyErrors: false })
  const placeAt = (offset: number): string => {
    const { line, col } = lineCounter.linePos(offset)
    return `${name}:${line}:${col}`
  }

  const deep = document.errors.find(({ message }) => /call stack size/.test(message))
  if (deep) throw depthError(placeAt(deep.pos[0]), deep)
  const mistakes = [...document.errors, ...document.warnings].map(
    ({ pos, code, message }) => `${placeAt(pos[0])}: ${SENTENCES[code] ?? lowerFirst(message)}`,
  )
  visit(document, {
    Pair(_, { key }) {
      if (isScalar(key) && key.value === '__proto__')
        mistakes.push(`${placeAt(key.range?.[0] ?? 0)}: __proto__: unknown key`)
    },
  })
  if (mistakes.length > 0) throw new UsageError({ subject: mistakes.join('\n') })

  return {
    value: toValue(document, name),
    locate: (path, isKey) => placeAt(offsetOf(document.contents, path, isKey)),
  }
}

const depthError = (subject: string, cause: Error): UsageError =>
  new UsageError({ subject, expected: 'values nested less deeply', got: 'hundreds of levels', cause })

/** What we say instead of the parser, whose words are for its callers. */
const SENTENCES: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'expected each key once, got it again',
  MULTIPLE_DOCS: 'expected one document, got a second',
}

function toValue(document: { toJS(): unknown }, name: string): unknown {
  try {
    return document.toJS()
  } catch (cause) {
    // The parser counts what aliases stand for and stops at a hundredfold.
    if (cause instanceof ReferenceError)
      throw new UsageError({ subject: name, expected: 'aliases that stay small', got: 'too many of them', cause })
    throw cause
  }
}

function offsetOf(root: Node | null, path: readonly PropertyKey[], isKey: boolean): number {
  let node: unknown = root
  let offset = root?.range?.[0] ?? 0
  for (const [i, step] of path.entries()) {
    const pair = isMap(node)
      ? node.items.find(item => isScalar(item.key) && String(item.key.value) === step)
      : undefined
    const next = isMap(node) ? pair?.value : itemOf(node, step)
    const key = isPair(pair) ? pair.key : undefined
    if (next === undefined && key === undefined) break
    const last = i === path.length - 1
    offset = rangeStart(last && !isKey ? next : key) ?? rangeStart(key) ?? rangeStart(next) ?? offset
    node = next
  }
  return offset
}

const itemOf = (node: unknown, step: PropertyKey): unknown =>
  typeof node === 'object' && node !== null && 'items' in node && Array.isArray(node.items)
    ? node.items[Number(step)]
    : undefined

function rangeStart(node: unknown): number | undefined {
  const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : undefined
}

const lowerFirst = (message: string): string => message.charAt(0).toLowerCase() + message.slice(1)
