import { z } from 'zod'

/** A key of a file that people write. */
export interface Setting {
  /** From the top: `connectors.NAME.inventory.prefix`, `notify[].url`. */
  readonly key: string
  /** What is said of a wrong value: `a size such as 450MB or 2GiB`. */
  readonly expected: string
  /** As YAML, in one line; `undefined` where there is none. */
  readonly fallback?: string
  readonly isRequired: boolean
  readonly describe: string
}

type Json = z.core.JSONSchema.BaseSchema

/** What our pages need beside a JSON schema's own keys. */
const EXPECTED = 'x-expected'

/**
 * The keys of a file, in the order of its schema, by what checks it.
 */
export function listSettings(schema: z.ZodType): Setting[] {
  const json = z.toJSONSchema(schema, { io: 'input', override: addFacts }) as Json
  return settingsBelow('', json)
}

/** zod leaves out the defaults of what it transforms, and what a value is called that isn't one. */
function addFacts({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: Json }): void {
  const fallback = z.globalRegistry.get(zodSchema)?.default
  if (fallback !== undefined) jsonSchema.default = fallback as Json['default']
  const message = (zodSchema as unknown as z.ZodType).safeParse(Symbol('none')).error?.issues[0]?.message
  if (message !== undefined && !message.startsWith('Invalid'))
    (jsonSchema as Record<string, unknown>)[EXPECTED] = message
}

function settingsBelow(path: string, json: Json): Setting[] {
  const variants = variantsOf(json)
  if (variants.length > 1 && variants.every(({ properties }) => properties)) return unionBelow(path, variants)
  const all = variants.flatMap(each => ownSettings(path, each))
  if (variants.length === 1) return all
  // What may be one mapping or a list of them is told once, and what one of several forms needs isn't needed by all.
  const keys = new Set(all.map(({ key }) => key))
  const inList = (key: string): boolean => key.startsWith(`${path}[]`) && keys.has(path + key.slice(path.length + 2))
  return all.filter(({ key }) => !inList(key)).map(setting => ({ ...setting, isRequired: false }))
}

/** The keys of each variant that isn't in all of them is said to be of those that have it. */
function unionBelow(path: string, variants: readonly Json[]): Setting[] {
  const found = new Map<string, { setting: Setting; of: string[] }>()
  for (const each of variants) {
    const type = Object.values(each.properties ?? {}).find(
      value => typeof value === 'object' && value.const !== undefined,
    )
    const name = typeof type === 'object' ? String(type.const) : ''
    for (const setting of ownSettings(path, each)) {
      const known = found.get(setting.key)
      if (known) known.of.push(name)
      else found.set(setting.key, { setting, of: [name] })
    }
  }
  return [...found.values()].map(({ setting, of }) => {
    if (setting.expected.startsWith('"'))
      return { ...setting, expected: of.map(name => JSON.stringify(name)).join(', ') }
    if (of.length === variants.length || of.every(name => name === '')) return setting
    return { ...setting, describe: `of ${of.join(' and ')}${setting.describe === '' ? '' : `: ${setting.describe}`}` }
  })
}

function ownSettings(path: string, json: Json): Setting[] {
  if (json.properties) {
    const required = new Set(json.required)
    const own = Object.entries(json.properties).flatMap(([name, value]) =>
      typeof value === 'object' ? keySettings(join(path, name), value, required.has(name)) : [],
    )
    const others = json.additionalProperties
    return typeof others === 'object' ? [...own, ...keySettings(join(path, 'NAME'), others as Json, false)] : own
  }
  if (typeof json.additionalProperties === 'object' && Object.keys(json.additionalProperties).length > 0)
    return isGroup(json.additionalProperties as Json)
      ? settingsBelow(join(path, 'NAME'), json.additionalProperties as Json)
      : []
  if (json.items && typeof json.items === 'object' && !Array.isArray(json.items))
    return settingsBelow(`${path}[]`, json.items as Json)
  return []
}

function keySettings(key: string, json: Json, isRequired: boolean): Setting[] {
  const below = settingsBelow(key, json)
  const describe = json.description ?? ''
  const fallback = json.default
  const isPlainGroup =
    below.length > 0 && describe === '' && !isRequired && variantsOf(json).every(({ properties }) => properties)
  const own: Setting = {
    key,
    expected: expectedOf(json),
    ...(fallback !== undefined && !(below.length > 0 && isEmpty(fallback)) && { fallback: JSON.stringify(fallback) }),
    isRequired,
    describe,
  }
  return isPlainGroup ? below : [own, ...below]
}

const isEmpty = (value: unknown): boolean => JSON.stringify(value) === '{}' || JSON.stringify(value) === '[]'

const isGroup = (json: Json): boolean => variantsOf(json).some(each => each.properties ?? each.additionalProperties)

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

/** Without "or null", which every key that isn't required may be. */
function variantsOf(json: Json): Json[] {
  const inner = json.anyOf ?? json.oneOf
  if (!inner) return [json]
  return inner.flatMap(each => (typeof each === 'object' && each.type !== 'null' ? variantsOf(each as Json) : []))
}

/** What its values are, as the message about a wrong one says it; the most outward message there is. */
function expectedOf(json: Json): string {
  const told = findExpected(json)
  const [first = json] = variantsOf(json)
  if (first.const !== undefined) return JSON.stringify(first.const)
  return told ?? (typeof first.type === 'string' ? first.type : '')
}

function findExpected(json: Json): string | undefined {
  const own = (json as Record<string, unknown>)[EXPECTED]
  if (typeof own === 'string') return own
  const inner = (json.anyOf ?? json.oneOf ?? []).filter(each => typeof each === 'object' && each.type !== 'null')
  return inner.map(each => findExpected(each as Json)).find(text => text !== undefined)
}
