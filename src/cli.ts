#!/usr/bin/env node
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import yargs, { type Argv, type MiddlewareFunction } from 'yargs'
import { agentCommand } from './commands/agent.js'
import { collectionsCommand } from './commands/collections.js'
import { connectorsCommand } from './commands/connectors.js'
import { daemonCommand } from './commands/daemon.js'
import { demoCommand } from './commands/demo.js'
import { diffCommand } from './commands/diff.js'
import { doctorCommand } from './commands/doctor.js'
import { filesCommand } from './commands/files.js'
import { checkFlags, type DeclaredFlags } from './commands/flags.js'
import { foldersCommand } from './commands/folders.js'
import { gapsCommand } from './commands/gaps.js'
import { type Command, type GlobalArgs, globalOptions, type World, withCommands } from './commands/globals.js'
import { type CommandGroup, GLOBAL_OPTIONS, layOutHelp, requiredArguments } from './commands/helpText.js'
import { importCommand } from './commands/import.js'
import { initCommand } from './commands/init.js'
import { jobsCommand } from './commands/jobs.js'
import { lakeCommand } from './commands/lake.js'
import { lakeFactsCommand } from './commands/lakeFacts.js'
import { maintainCommand } from './commands/maintain.js'
import { notifyCommand } from './commands/notify.js'
import { openProcessChannel } from './commands/processChannel.js'
import { publishCommand } from './commands/publish.js'
import { queryCommand } from './commands/query.js'
import { reconcileCommand } from './commands/reconcile.js'
import { reportCommand } from './commands/report.js'
import { runJobCommand } from './commands/runJob.js'
import { runQueryCommand } from './commands/runQuery.js'
import { runStreamCommand } from './commands/runStream.js'
import { scanCommand } from './commands/scan.js'
import { serveCommand } from './commands/serve.js'
import { setupCommand } from './commands/setup.js'
import { shellCommand } from './commands/shell.js'
import { snapshotsCommand } from './commands/snapshots.js'
import { streamsCommand } from './commands/streams.js'
import { tablesCommand } from './commands/tables.js'
import { tasksCommand } from './commands/tasks.js'
import { tokenCommand } from './commands/token.js'
import { upgradeCommand } from './commands/upgrade.js'
import { viewsCommand } from './commands/views.js'
import { EXIT, InterruptedError, StocktakeError, toFileSystemError, UsageError } from './errors.js'
import { escapeLines } from './output/log.js'
import type { TextOutput } from './output/terminal.js'
import { flush } from './output/textWriter.js'
import { packageVersion } from './packageFolder.js'

/** Every command, in the order that --help shows. */
export const COMMAND_GROUPS: readonly CommandGroup[] = [
  { title: 'Begin', commands: [demoCommand, initCommand, doctorCommand, setupCommand, connectorsCommand] },
  { title: 'Make snapshots', commands: [importCommand, scanCommand] },
  {
    title: 'Ask',
    commands: [
      snapshotsCommand,
      foldersCommand,
      filesCommand,
      diffCommand,
      reportCommand,
      queryCommand,
      shellCommand,
      viewsCommand,
    ],
  },
  { title: 'Compare with what should be there', commands: [reconcileCommand, gapsCommand, tasksCommand] },
  { title: 'Keep', commands: [collectionsCommand, tablesCommand, streamsCommand] },
  { title: 'Look after the lake', commands: [maintainCommand, publishCommand, lakeCommand, upgradeCommand] },
  {
    title: 'Run unattended',
    commands: [daemonCommand, serveCommand, agentCommand, jobsCommand, notifyCommand, tokenCommand],
  },
]

export const COMMANDS: readonly Command[] = COMMAND_GROUPS.flatMap(({ commands }) => commands)

/** Those that other processes of this program start, and nobody types: they run, and --help doesn't show them. */
const HIDDEN_COMMANDS: readonly Command[] = [runJobCommand, runQueryCommand, runStreamCommand, lakeFactsCommand]

/** A second signal so soon is the first one again: a terminal and npm both send it. */
const SAME_SIGNAL_MS = 100

/**
 * Runs one command line.
 * @param args without the program's own name
 * @param commands those that there are: {@link COMMANDS}
 * @returns the exit code; every error has been told on stderr
 */
export async function run(args: readonly string[], commands: readonly Command[], world: World): Promise<number> {
  try {
    const output = await parse(args, commands, world)
    clearLine(world.stderr)
    if (output !== '') world.stdout.write(`${output}\n`)
    await flush(world.stdout)
    return EXIT.done
  } catch (error) {
    // Of a file that was open Node doesn't say which it was; who knows has told it.
    const told = world.signal.aborted ? world.signal.reason : toFileSystemError(toFileSystemError(error), 'a file')
    clearLine(world.stderr)
    world.stderr.write(formatFailure(told, args.includes('--verbose') || args.includes('-v')))
    return told instanceof StocktakeError ? told.exitCode : EXIT.failed
  }
}

/** Takes away a progress line that the handler left behind. */
function clearLine(out: TextOutput): void {
  if (out.isTTY) out.write('\r\x1b[2K')
}

/** Finds the command and runs its handler. @returns the text of --help or --version, or nothing */
async function parse(args: readonly string[], commands: readonly Command[], world: World): Promise<string> {
  let output = ''
  let checked = false
  const checkOnce = (argv: { help?: unknown; version?: unknown }, inside: Inside): void => {
    if (checked || argv.help === true || argv.version === true) return // a group's parser comes after its command's
    checked = true
    checkFlags(args, inside.getOptions(), helpOf(inside))
  }
  const parser: Argv<GlobalArgs> = yargs()
    .scriptName('stocktake')
    .locale('en')
    .updateStrings(MESSAGES as unknown as Record<string, string>) // its type forgets the plurals
    .usage('$0 <command>')
    .wrap(Math.min(120, world.stdout.columns ?? 100))
    .options(globalOptions)
    .group([...Object.keys(globalOptions), 'version', 'help'], GLOBAL_OPTIONS)
    .version('version', 'show the version', packageVersion())
    .help('help', 'show this help')
    .alias('h', 'help')
    .strict()
    .exitProcess(false)
    .middleware(checkOnce as unknown as MiddlewareFunction, true)
    .fail((message, error) => {
      if (error instanceof StocktakeError || !message) throw error
      const inside = parser as unknown as Inside
      checkFlags(args, inside.getOptions(), helpOf(inside)) // a flag that is none may be why an argument is missing
      throw new UsageError({ subject: saidOf(message, inside), fix: fixOf(args, inside) })
    }) as unknown as Argv<GlobalArgs>
  await withCommands(parser, '', commands).parseAsync([...args], { world }, (_error, _argv, text) => {
    output = layOutHelp(text, COMMAND_GROUPS)
  })
  return output
}

/** What yargs knows while it runs a command, past what its types tell. */
interface Inside {
  getOptions(): DeclaredFlags
  getInternalMethods(): {
    getContext(): { readonly commands: readonly string[]; readonly fullCommands: readonly string[] }
  }
}

/** What yargs found wrong; where an argument is missing, by its name. */
function saidOf(message: string, inside: Inside): string {
  const count = /^got (\d+) of the arguments it needs/.exec(message)?.[1]
  const usage = inside.getInternalMethods().getContext().fullCommands.at(-1)
  const missing = count === undefined ? undefined : requiredArguments(usage ?? '')[Number(count)]
  return missing === undefined ? message.replace(/\s+/g, ' ') : `expected ${missing}, got none`
}

/** One sentence for one and for many. */
const same = (text: string) => ({ one: text, other: text })

/** yargs' own sentences, as ours are written. */
const MESSAGES = {
  'Not enough non-option arguments: got %s, need at least %s': same('got %s of the arguments it needs, expected %s'),
  'Too many non-option arguments: got %s, maximum of %s': same('got %s arguments, expected no more than %s'),
  'Positionals:': 'Arguments:',
  'Missing required argument: %s': { one: 'expected the argument %s, got none', other: 'expected the arguments %s' },
  'Unknown argument: %s': { one: 'unexpected argument: %s', other: 'unexpected arguments: %s' },
  'Unknown command: %s': { one: 'unknown command: %s', other: 'unknown commands: %s' },
  'Invalid values:': 'invalid value:',
  'Argument: %s, Given: %s, Choices: %s': '%s: got %s, expected one of %s',
  'Arguments %s and %s are mutually exclusive': 'expected either %s or %s, got both',
  'Implications failed:': 'missing option:',
}

/** Where to read on: of the command that was typed, where there is one. */
function fixOf(args: readonly string[], inside: Inside): string {
  if (args.every(arg => arg.startsWith('-')))
    return '`stocktake demo` shows what there is, `stocktake --help` all commands'
  return `see ${helpOf(inside)}`
}

/** The help of the command that was typed, with its group: `stocktake jobs show --help`. */
const helpOf = (inside: Inside): string =>
  ['stocktake', ...inside.getInternalMethods().getContext().commands, '--help'].join(' ')

/** One paragraph for a person: what is wrong, and the stack only for who asks. */
function formatFailure(error: unknown, verbose: boolean): string {
  if (verbose) return `stocktake: ${escapeLines(inspect(error))}\n`
  const message = error instanceof Error ? error.message || error.name : String(error)
  if (error instanceof StocktakeError) return `stocktake: ${escapeLines(message).replaceAll('\n', '\n  ')}\n`
  return `stocktake: unexpected error: ${escapeLines(message.split('\n')[0] ?? '')}; run again with --verbose\n`
}

/** Asks on stderr, as stdout may be read by a program. */
async function askOnTerminal(question: string, signal: AbortSignal): Promise<boolean> {
  const { askYesOrNo } = await import('./commands/terminalQuestion.js')
  const interrupt = () => process.emit('SIGINT', 'SIGINT')
  return askYesOrNo(question, { input: process.stdin, output: process.stderr, interrupt }, signal)
}

/** The real world, and the only exit. */
async function main(): Promise<void> {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true' // Node 20 serves, and its end is for us to tell
  const stop = new AbortController()
  let stoppedAt = 0
  const interrupt = () => {
    if (!stop.signal.aborted) {
      stoppedAt = Date.now()
      stop.abort(new InterruptedError({ subject: 'interrupted', fix: 'what was finished stays' }))
    } else if (Date.now() - stoppedAt > SAME_SIGNAL_MS) process.exit(EXIT.interrupted)
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  for (const out of [process.stdout, process.stderr]) out.on('error', () => {}) // writers learn of it themselves
  const code = await run(process.argv.slice(2), [...COMMANDS, ...HIDDEN_COMMANDS], {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    cwd: process.cwd(),
    env: process.env,
    now: () => new Date(),
    ...(process.stdin.isTTY && process.stderr.isTTY && { ask: question => askOnTerminal(question, stop.signal) }),
    program: [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url)],
    ...(process.send && { openChannel: () => openProcessChannel(process, interrupt) }),
    signal: stop.signal,
  })
  process.exit(code)
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main()
