import { isLosslessNumber, LosslessNumber, parse, stringify } from 'lossless-json'
import type { RandomNumbers } from './randomNumbers.js'

/** How an input is a tree of lists, objects, texts and numbers; for one that is none, `parse` throws. */
export interface TreeLanguage {
  parse(text: string): unknown
  format(tree: unknown): string
}

export const JSON_TREE: TreeLanguage = {
  parse: text => parse(text, undefined, digits => new LosslessNumber(digits)),
  format: tree => stringify(tree) ?? '',
}

/** @returns the text with one value changed, removed, or put in a second place; `undefined` where it is no tree */
export function mutateTree(text: string, { parse, format }: TreeLanguage, random: RandomNumbers): string | undefined {
  try {
    const tree: Record<string, unknown> = { root: parse(text) }
    const places = listPlaces(tree, [])
    const { parent, key } = places[random.below(places.length)] ?? { parent: tree, key: 'root' }
    const other = places[random.below(places.length)]
    const value = oddValue(parent[key], other?.parent[other.key], random)
    if (value === undefined && Array.isArray(parent)) parent.splice(Number(key), 1)
    else if (value === undefined) delete parent[key]
    else if (random.below(4) > 0) define(parent, key, value)
    else if (Array.isArray(parent)) parent.splice(Number(key), 0, value)
    else define(parent, oddKey(key, random), value)
    const changed: unknown = format(tree.root)
    return typeof changed === 'string' ? changed : undefined // a tree may have taken the place of its own methods
  } catch {
    return undefined
  }
}

/** Of `__proto__`, too, which is a name like others in JSON. */
const define = (parent: object, key: string, value: unknown): object =>
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true })

interface Place {
  readonly parent: Record<string, unknown>
  readonly key: string
}

function listPlaces(parent: object, into: Place[]): Place[] {
  for (const [key, value] of Object.entries(parent)) {
    into.push({ parent: parent as Record<string, unknown>, key })
    if (typeof value === 'object' && value !== null && !isLosslessNumber(value)) listPlaces(value, into)
  }
  return into
}

const number = (digits: string): LosslessNumber => new LosslessNumber(digits)
const ODD = [
  ...[null, true, false, '', ' ', 'a', '\0', '\ud800', '😀', 'constructor', '2026-02-30T00:00:00Z', 'x'.repeat(2000)],
  ...[
    '-1',
    '0',
    '1',
    '0.5',
    '1e400',
    '2147483648',
    '9007199254740993',
    '9223372036854775807',
    '18446744073709551616',
  ].map(number),
  ...[[], {}, [[]], [null], { a: 1 }],
] as const

/** @returns `undefined` for none at all */
function oddValue(value: unknown, other: unknown, random: RandomNumbers): unknown {
  const act = random.below(7)
  if (act === 0) return undefined
  if (act === 1) return structuredClone(other)
  if (act === 2) return [value]
  if (act === 3 && typeof value === 'string') return Number.isNaN(Number(value)) ? value.slice(1) : number(value)
  if (act === 4 && isLosslessNumber(value)) return String(value)
  if (act === 5) return nest(random.below(200))
  return ODD[random.below(ODD.length)]
}

const nest = (depth: number): unknown => (depth === 0 ? [] : [nest(depth - 1)])

const oddKey = (key: string, random: RandomNumbers): string =>
  random.pick(['__proto__', 'constructor', `${key}2`, key.toUpperCase(), ''])
