import { UsageError } from '../errors.js'
import { formatSuggestion } from '../output/suggestion.js'

/** What yargs knows about the options that may be given here. */
export interface DeclaredFlags {
  readonly key: Readonly<Record<string, unknown>>
  readonly alias: Readonly<Record<string, readonly string[]>>
  readonly array: readonly string[]
  readonly boolean: readonly string[]
  readonly number: readonly string[]
  readonly string: readonly string[]
}

/**
 * Checks the flags as they were typed, for what yargs lets pass: a repeated flag would become an array, one without a
 * value an empty text, a number that is none NaN; and an unknown one would be refused without a suggestion.
 * @param help the command line that shows those that there are
 * @throws {UsageError}
 */
export function checkFlags(args: readonly string[], declared: DeclaredFlags, help: string): void {
  const names = namesOf(declared)
  const seen = new Set<string>()
  const end = args.includes('--') ? args.indexOf('--') : args.length
  for (let i = 0; i < end; i++) {
    const arg = args[i] ?? ''
    if (!isFlag(arg)) continue
    for (const { typed, name, value } of readFlags(arg, i + 1 < end ? args[i + 1] : undefined)) {
      const key = names.get(name) ?? negated(name, names, declared)
      if (key === undefined) throw unknownFlag(typed, names, help)
      if (seen.has(key) && !declared.array.includes(key))
        throw new UsageError({ subject: typed, expected: 'it once', got: 'it again' })
      seen.add(key)
      if (!declared.boolean.includes(key)) checkValue(typed, key, value, declared)
    }
  }
}

function checkValue(typed: string, key: string, value: string | undefined, declared: DeclaredFlags): void {
  const isNumber = declared.number.includes(key)
  if (value === undefined && (isNumber || declared.string.includes(key)))
    throw new UsageError({ subject: typed, expected: 'a value', got: 'none' })
  if (isNumber && (value?.trim() === '' || Number.isNaN(Number(value))))
    throw new UsageError({ subject: typed, expected: 'a number', got: JSON.stringify(value) })
}

/** What one argument says: `--name value`, `--name=value`, `-f value`, and each letter of `-qv`. */
function readFlags(arg: string, next: string | undefined): { typed: string; name: string; value?: string }[] {
  const equals = arg.indexOf('=')
  const typed = equals < 0 ? arg : arg.slice(0, equals)
  const value = equals >= 0 ? arg.slice(equals + 1) : next !== undefined && !isFlag(next) ? next : undefined
  if (typed.startsWith('--')) return [{ typed, name: typed.slice(2), value }]
  return [...typed.slice(1)].map(letter => ({ typed: `-${letter}`, name: letter, value }))
}

const isFlag = (arg: string): boolean => /^-(?!\d|\.\d)./.test(arg)

/** Every way to write an option, and the one name that stands for all of them. */
function namesOf({ key, alias }: DeclaredFlags): Map<string, string> {
  const names = new Map<string, string>()
  for (const option of Object.keys(key)) {
    if (names.has(option)) continue
    const others = Object.entries(alias).find(([name, rest]) => name === option || rest.includes(option))
    const group = [option, camelCase(option), ...(others ? [others[0], ...others[1]] : [])]
    for (const name of group) names.set(name, option)
  }
  return names
}

function negated(name: string, names: ReadonlyMap<string, string>, { boolean }: DeclaredFlags): string | undefined {
  const key = name.startsWith('no-') ? names.get(name.slice(3)) : undefined
  return key !== undefined && boolean.includes(key) ? key : undefined
}

function unknownFlag(typed: string, names: ReadonlyMap<string, string>, help: string): UsageError {
  const candidates = [...new Set(names.values())].filter(name => name.length > 1)
  const fix = formatSuggestion(typed.replace(/^-+/, ''), candidates, '--') ?? `see ${help}`
  return new UsageError({ subject: typed, got: 'unknown option', fix })
}

const camelCase = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
