import type { Readable } from 'node:stream'
import type { Argv, CommandModule, Options } from 'yargs'
import type { Config } from '../config/config.js'
import { UsageError } from '../errors.js'
import type { Column } from '../output/cells.js'
import { FORMATS, type Format } from '../output/format.js'
import { createLog, type Log } from '../output/log.js'
import { createProgress, noProgress, type Progress } from '../output/progress.js'
import { formatSuggestion } from '../output/suggestion.js'
import { type Colors, colorsFor, type TextOutput } from '../output/terminal.js'

/**
 * Everything outside of the program that a command may touch, save stores and engines. `cli.ts` gives the real one; a
 * test gives its own and calls `run(args, world)`, or a handler with `{ …args, world }`.
 */
export interface World {
  readonly stdout: TextOutput
  readonly stderr: TextOutput
  /** The working folder. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: () => Date
  /** What is typed or piped in, for commands that read it; the end of it unless given. */
  readonly stdin?: Readable & { readonly isTTY?: boolean }
  /** Asks a person yes or no; there is one only where stdin and stderr are a terminal. */
  readonly ask?: (question: string) => Promise<boolean>
  /** Aborted by the first SIGINT or SIGTERM, with an InterruptedError as its reason. */
  readonly signal: AbortSignal
  /** How another process of this program is started: a program and its first arguments. */
  readonly program?: readonly [program: string, ...args: string[]]
  /** To the process that started this one, where that asked for one; when it breaks, `signal` is raised. */
  readonly openChannel?: () => Channel
}

/** Messages between two processes, as JSON. */
export interface Channel {
  /** Resolves when the message is on its way; also where nobody is there any more. */
  readonly send: (message: unknown) => Promise<void>
  /** The next message. @throws when there is none to come */
  readonly receive: () => Promise<unknown>
}

/** What every command gets: the global options, and the world. */
export interface GlobalArgs {
  config?: string
  lake?: string
  format?: Format
  quiet?: boolean
  verbose?: boolean
  world: World
}

export const globalOptions = {
  config: { type: 'string', describe: 'the configuration (default: stocktake.yaml here or in a folder above)' },
  lake: { type: 'string', describe: 'the lake: a folder, or s3://bucket/prefix' },
  format: { type: 'string', choices: FORMATS, describe: 'how rows are written (default: table)' },
  quiet: { type: 'boolean', alias: 'q', describe: 'no progress and no notices' },
  verbose: { type: 'boolean', alias: 'v', describe: 'details, and stack traces of errors' },
} as const satisfies Record<string, Options>

/** What a handler works with: the world, the configuration, and where and how to say things. */
export interface Context extends World {
  /** Flags over environment over file over defaults. Without a file all defaults: `config.file` is undefined then. */
  readonly config: Config
  readonly format: Format
  /** For stdout. */
  readonly colors: Colors
  /** Notices, warnings and details, on stderr. */
  readonly log: Log
  /** The job that this process runs, if it does; and whether it waits for a connector that another has. */
  readonly job?: { readonly id: string; readonly waits: boolean }
  /** One redrawn line on stderr when that is a terminal and --quiet isn't given; else it does nothing. */
  readonly progress: Progress
  /**
   * Writes rows to stdout in the format asked for, streaming, at the reader's pace; takes the progress line away
   * first. Where the reader has gone (`| head`) it stops reading the rows and returns as if all were written.
   */
  readonly write: <Row extends object>(
    rows: Iterable<Row> | AsyncIterable<Row>,
    columns: readonly Column<Row>[],
  ) => Promise<void>
}

/**
 * Builds what a handler needs from its arguments; the one thing a handler calls before the function it is for:
 *
 * ```ts
 * handler: async args => {
 *   const { listSnapshots } = await import('../snapshot/listSnapshots.js') // loaded when needed: --help stays quick
 *   const context = await openContext(args)
 *   const rows = listSnapshots({ connector: args.connector }, …)
 *   await context.write(rows, [{ name: 'snapshot' }, …])
 * }
 * ```
 *
 * It reads the configuration file, if there is one, and touches nothing else. A handler that is done returns; every
 * other end is an error thrown (its class has the exit code). It passes `signal` on to whatever takes long, which then
 * throws `signal.reason`; a handler that returns after the signal, as a server does, has exit code 0.
 *
 * @throws {UsageError} for a configuration that can't be understood, and for bytes that would go to a terminal
 */
export async function openContext(args: GlobalArgs): Promise<Context> {
  const { world } = args
  const [{ loadConfig }, { readTextFile }, { writeRows }] = await Promise.all([
    import('../config/config.js'),
    import('../config/textFile.js'),
    import('../output/rows.js'),
  ])
  requireReader(args.format, world.stdout)
  requireClock(world.now())
  const config = await loadConfig(args, { ...world, readText: readTextFile })
  const progress = world.stderr.isTTY && !args.quiet ? createProgress(world.stderr, world.now) : noProgress
  const format = args.format ?? 'table'
  const colors = colorsFor(world.stdout, world.env)
  return {
    ...world,
    config,
    format,
    colors,
    progress,
    log: createLog(args, world.stderr, colorsFor(world.stderr, world.env), progress),
    write: (rows, columns) => {
      progress.clear()
      return writeRows(rows, columns, format, world.stdout, colors)
    },
  }
}

/** Ids hold no time before 1970, and no document one after 9999: a lake that such a clock has made could never be read. */
export function requireClock(now: Date): void {
  if (now.getTime() >= 0 && now.getTime() < Date.UTC(9999, 0)) return
  throw new UsageError({
    subject: 'clock',
    expected: 'a time from 1970 to 9998',
    got: Number.isNaN(now.getTime()) ? 'none' : now.toISOString(),
    fix: "set this machine's clock",
  })
}

function requireReader(format: Format | undefined, { isTTY }: TextOutput): void {
  if (format === 'arrow' && isTTY)
    throw new UsageError({
      subject: '--format arrow',
      expected: 'a pipe or a file to write to',
      got: 'a terminal, which bytes would garble',
      fix: 'add > rows.arrows, or | and what reads it',
    })
}

/** A command as the table of a parser holds it: what its own arguments are is known to its file alone. */
export type Command = CommandModule<GlobalArgs, GlobalArgs>

/** Makes a command of its parts; its handler's arguments have the types that its builder gives them. */
export const defineCommand = <Args extends { world: World } = GlobalArgs>(
  command: CommandModule<GlobalArgs, Args>,
): Command => command as unknown as Command

/**
 * Puts commands under a parser: all of them, or those of a group in the group's builder.
 *
 * A word that is none of them is refused with a suggestion, and so is no word at all, unless one of them is the default
 * (`command: ['list', '$0']`).
 *
 * @param group the words before theirs: `''`, `'connectors'`
 */
export function withCommands(parser: Argv<GlobalArgs>, group: string, commands: readonly Command[]): Argv<GlobalArgs> {
  const names = commands.flatMap(namesOf)
  const hasDefault = names.includes('$0')
  const known = names.filter(name => name !== '$0')
  const hidden = commands.filter(({ describe }) => describe === false).flatMap(namesOf)
  const offered = known.filter(name => !hidden.includes(name))
  const depth = group === '' ? 0 : group.split(' ').length
  const expected = depth === 0 ? 'a command' : `one of ${offered.join(', ')}`
  for (const command of commands) parser.command(command)
  parser.middleware(({ _: words }) => {
    const word = words[depth]
    if (word === undefined || known.includes(String(word))) return
    throw new UsageError({
      subject: `${group} ${word}`.trim(),
      got: 'unknown command',
      fix: formatSuggestion(String(word), offered) ?? (group === '' ? 'see stocktake --help' : `expected ${expected}`),
    })
  }, true)
  return hasDefault ? parser : parser.demandCommand(1, `expected ${expected}, got none`)
}

/** The names that a command answers to, without its arguments. */
function namesOf({ command = [], aliases = [] }: Command): string[] {
  return [command, aliases].flat().map(words => words.split(' ')[0] ?? '')
}
