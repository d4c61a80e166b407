import type { Options, PositionalOptions } from 'yargs'
import type { Command } from '../../src/commands/globals.js'

/** What a command says of itself, as `--help` shows it. */
export interface CommandParts {
  /** The words before its arguments: `tables insert`. */
  readonly name: string
  /** Its arguments as they are typed: `<name> <files..>`. */
  readonly args: string
  readonly describe: string
  /** What is done where no command of the group is named. */
  readonly isDefault: boolean
  readonly positionals: readonly (readonly [name: string, options: PositionalOptions])[]
  readonly options: readonly (readonly [name: string, options: Options])[]
  /** Options that need others, and options that others rule out. */
  readonly rules: readonly string[]
  readonly examples: readonly (readonly [line: string, what: string])[]
  /** Those of a group. */
  readonly commands: readonly CommandParts[]
}

/** What yargs is told by a builder. */
interface Told {
  readonly positionals: Map<string, PositionalOptions>
  readonly options: Map<string, Options>
  readonly rules: string[]
  readonly examples: [string, string][]
  readonly commands: Command[]
}

/**
 * Reads the parts of a command by giving its builder a parser that only listens.
 * @param group the words before its name
 * @throws where the builder calls what this doesn't know: the reference would lack it
 */
export function readCommand(command: Command, group = ''): CommandParts {
  const told = listen(command)
  const spellings = [command.command ?? []].flat()
  const [word = '', ...args] = (spellings.find(text => text !== '$0') ?? '').split(' ')
  const name = `${group} ${word}`.trim()
  return {
    name,
    args: args.join(' '),
    describe: String(command.describe),
    isDefault: spellings.includes('$0'),
    positionals: [...told.positionals],
    options: [...told.options],
    rules: told.rules,
    examples: told.examples,
    commands: told.commands.filter(({ describe }) => describe !== false).map(each => readCommand(each, name)),
  }
}

function listen({ builder }: Command): Told {
  const told: Told = { positionals: new Map(), options: new Map(), rules: [], examples: [], commands: [] }
  if (typeof builder !== 'function') {
    for (const [name, options] of Object.entries(builder ?? {})) told.options.set(name, options)
    return told
  }
  const methods: Readonly<Record<string, (...args: never[]) => void>> = {
    option: (name: string, options: Options) => told.options.set(name, options),
    options: (all: Readonly<Record<string, Options>>) => {
      for (const [name, options] of Object.entries(all)) told.options.set(name, options)
    },
    positional: (name: string, options: PositionalOptions) => told.positionals.set(name, options),
    conflicts: (name: string, others: string | readonly string[]) =>
      told.rules.push(`not together: ${[name, others].flat().map(flag).join(' and ')}`),
    implies: (name: string, others: string | readonly string[]) =>
      told.rules.push(`${flag(name)} only with ${[others].flat().map(flag).join(', ')}`),
    example: (line: string, what = '') => told.examples.push([line.replaceAll('$0', 'stocktake'), what]),
    command: (inner: Command) => told.commands.push(inner),
    // What they are about is in the usage line, or is no part of what one types.
    middleware: () => {},
    demandCommand: () => {},
    parserConfiguration: () => {},
  }
  const listener: unknown = new Proxy(
    {},
    {
      get: (_, method) => {
        const hear = methods[String(method)]
        if (!hear) throw new Error(`the command ${command(builder)} calls ${String(method)}: add it to commandParts.ts`)
        return (...args: never[]) => {
          hear(...args)
          return listener
        }
      },
    },
  )
  builder(listener as Parameters<typeof builder>[0])
  return told
}

const command = (builder: unknown): string => String(builder).slice(0, 60)

/** An option as it is typed. */
export const flag = (name: string): string => `--${name}`
