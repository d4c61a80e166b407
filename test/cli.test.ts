import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { COMMAND_GROUPS, COMMANDS, run } from '../src/cli.js'
import { type Command, defineCommand, openContext, type World, withCommands } from '../src/commands/globals.js'
import { nameOf } from '../src/commands/helpText.js'
import { InterruptedError, NotFoundError, ReportRefusedError, StocktakeError } from '../src/errors.js'
import { packageVersion } from '../src/packageFolder.js'
import { TextSink } from './output/textSink.js'

let stdout: TextSink
let stderr: TextSink
let stop: AbortController
let world: World
let handled: object[]

beforeEach(() => {
  stdout = new TextSink()
  stderr = new TextSink()
  stop = new AbortController()
  world = { stdout, stderr, cwd: '/nowhere', env: {}, now: () => new Date(0), signal: stop.signal }
  handled = []
})

const keep = async ({ $0, _, world, h, help, q, v, ...args }: Record<string, unknown>) => {
  handled.push(args)
}

const countCommand = defineCommand({
  command: 'count <name> [others..]',
  aliases: ['c'],
  describe: 'counts',
  builder: yargs =>
    yargs
      .positional('name', { type: 'string', demandOption: true })
      .positional('others', { type: 'string', array: true })
      .option('tag', { type: 'string', array: true })
      .option('depth', { type: 'number' })
      .option('max-rejected', { type: 'string', alias: 'm', coerce: (text: string) => text.toUpperCase() })
      .option('format', { type: 'string', choices: ['ncdu'] }),
  handler: keep,
})

const listCommand = defineCommand({ command: 'list', describe: 'lists', handler: keep })
const showCommand = defineCommand({
  command: 'show <id>',
  describe: 'shows',
  builder: yargs => yargs.option('all', { type: 'boolean' }).positional('id', { type: 'string' }),
  handler: keep,
})
const group = (name: string, commands: readonly Command[]) =>
  defineCommand({
    command: name,
    describe: 'a group',
    builder: yargs => withCommands(yargs, name, commands),
    handler: () => {},
  })
const defaultCommand = defineCommand({ command: ['list', '$0'], describe: 'lists', handler: keep })

const failCommand = (error: unknown) =>
  defineCommand({
    command: 'fail',
    describe: 'fails',
    handler: async () => {
      throw error
    },
  })

const commands = [
  countCommand,
  group('things', [listCommand, showCommand]),
  group('gaps', [defaultCommand, showCommand]),
]

describe('what reaches a handler', () => {
  test.each<[string, object]>([
    ['count a', { name: 'a', others: [] }],
    ['c a b c', { name: 'a', others: ['b', 'c'] }],
    ['count 007', { name: '007', others: [] }],
    ['count a --tag x --tag y', { name: 'a', others: [], tag: ['x', 'y'] }],
    ['count a --depth -1', { name: 'a', others: [], depth: -1 }],
    ['count a -m b', { name: 'a', others: [], m: 'B', maxRejected: 'B', 'max-rejected': 'B' }],
    ['count a --maxRejected b', { name: 'a', others: [], m: 'B', maxRejected: 'B', 'max-rejected': 'B' }],
    ['count a --format ncdu', { name: 'a', others: [], format: 'ncdu' }],
    ['count a -qv', { name: 'a', others: [], quiet: true, verbose: true }],
    ['count a --no-quiet', { name: 'a', others: [], quiet: false }],
    ['--lake l count a --config f', { name: 'a', others: [], lake: 'l', config: 'f' }],
    ['things list', {}],
    ['things show x --all', { id: 'x', all: true }],
    ['gaps', {}],
    ['gaps list', {}],
    ['gaps show x', { id: 'x' }],
  ])('%s', async (line, args) => {
    expect(await run(line.split(' '), commands, world)).toBe(0)
    expect(stderr.text).toBe('')
    expect(handled).toEqual([args])
  })
})

describe('a command line that makes no sense is refused with exit code 2', () => {
  test.each([
    ['', 'expected a command, got none; `stocktake demo` shows what there is, `stocktake --help` all commands'],
    ['cuont a', 'cuont: unknown command; did you mean count?'],
    ['zzz', 'zzz: unknown command; see stocktake --help'],
    ['count', 'expected <name>, got none; see stocktake count --help'],
    ['count --lak x', '--lak: unknown option; did you mean --lake?'],
    ['things show', 'expected <id>, got none; see stocktake things show --help'],
    ['count a --lak x', '--lak: unknown option; did you mean --lake?'],
    ['count a -z', '-z: unknown option; see stocktake count --help'],
    ['count a --world x', '--world: unknown option; see stocktake count --help'],
    ['count a --all', '--all: unknown option; see stocktake count --help'], // that of another command
    ['count a --lake x --lake y', '--lake: expected it once, got it again'],
    ['count a --lake=x --lake=y', '--lake: expected it once, got it again'],
    ['count a --max-rejected b -m c', '-m: expected it once, got it again'],
    ['--lake x count a --lake x', '--lake: expected it once, got it again'],
    ['count a -q --quiet', '--quiet: expected it once, got it again'],
    ['count a --lake', '--lake: expected a value, got none'],
    ['count a --lake --quiet', '--lake: expected a value, got none'],
    ['count a --depth x', '--depth: expected a number, got "x"'],
    ['count a --depth=', '--depth: expected a number, got ""'],
    [
      'count a --format xml',
      'invalid value: format: got "xml", expected one of "table", "json", "jsonl", "csv", "markdown", "arrow", "ncdu"; see stocktake count --help',
    ],
    ['things', 'expected one of list, show, got none; see stocktake things --help'],
    ['things lsit', 'things lsit: unknown command; did you mean list?'],
    ['things list --all', '--all: unknown option; see stocktake things list --help'],
    ['things list more', 'unexpected argument: more; see stocktake things list --help'],
    ['gaps zzz', 'gaps zzz: unknown command; expected one of list, show'],
    ['gaps shwo', 'gaps shwo: unknown command; did you mean show?'],
  ])('stocktake %s', async (line, message) => {
    expect(await run(line.split(' ').filter(Boolean), commands, world)).toBe(2)
    expect(stderr.text).toBe(`stocktake: ${message}\n`)
    expect(stdout.text).toBe('')
    expect(handled).toEqual([])
  })

  test('but what comes after -- is no flag', async () => {
    expect(await run(['count', 'a', '--', '--lak', '--lak'], commands, world)).toBe(0)
  })
})

describe('help', () => {
  test.each([['--help'], ['-h']])('%s lists the commands on stdout', async flag => {
    expect(await run([flag], commands, world)).toBe(0)
    expect(stdout.text).toMatch(/stocktake count <name> \[others\.\.\] +counts/)
    expect(stderr.text).toBe('')
  })

  test('of a command shows its options, whatever else was typed', async () => {
    expect(await run(['count', '--lak', '--help'], commands, world)).toBe(0)
    expect(stdout.text).toContain('--max-rejected')
  })

  test('--version', async () => {
    expect(await run(['--version'], commands, world)).toBe(0)
    expect(stdout.text).toBe(`${packageVersion()}\n`)
  })

  test.each(COMMANDS.map(({ command }) => [String(command).split(/[ ,]/)[0]]))('of %s', async name => {
    expect(await run([name ?? '', '--help'], COMMANDS, world)).toBe(0)
    expect(stdout.text).toContain(`stocktake ${name}`)
  })

  test('begins with what is asked for, and ends with what every command takes', async () => {
    expect(await run(['diff', '--help'], COMMANDS, world)).toBe(0)
    const titles = stdout.text.split('\n').filter(line => /^\S.*:$/.test(line))
    expect(titles).toEqual(['Examples:', 'Arguments:', 'Options:', 'With every command:'])
    expect(stdout.text).toMatch(/^stocktake diff <connector> \[from] \[to]\n\nwhat differs between two snapshots/)
  })

  test('tells the commands by what they are for', async () => {
    expect(await run(['--help'], COMMANDS, world)).toBe(0)
    for (const { title, commands: grouped } of COMMAND_GROUPS)
      expect(stdout.text).toContain(`\n${title}:\n  stocktake ${nameOf(grouped[0])}`)
  })
})

describe('errors of a handler', () => {
  test.each<[unknown, number, string]>([
    [
      new StocktakeError({ subject: 'a', expected: 'b', got: 'c', fix: 'd' }),
      1,
      'stocktake: a: expected b, got c; d\n',
    ],
    [new NotFoundError({ subject: 'a', got: 'none' }), 3, 'stocktake: a: none\n'],
    [new ReportRefusedError({ subject: 'a\nb' }), 4, 'stocktake: a\n  b\n'],
    [new StocktakeError({ subject: 'key \x1b[2J' }), 1, 'stocktake: key \\x1b[2J\n'],
    [new TypeError('oops\nmore'), 1, 'stocktake: unexpected error: oops; run again with --verbose\n'],
    [new Error(''), 1, 'stocktake: unexpected error: Error; run again with --verbose\n'],
    ['text', 1, 'stocktake: unexpected error: text; run again with --verbose\n'],
    [undefined, 1, 'stocktake: unexpected error: undefined; run again with --verbose\n'],
  ])('%s', async (error, code, text) => {
    expect(await run(['fail'], [failCommand(error)], world)).toBe(code)
    expect(stderr.text).toBe(text)
  })

  test('show their stack and their cause with --verbose', async () => {
    const error = new NotFoundError({ subject: 'a', cause: new TypeError('deeper') })
    expect(await run(['fail', '--verbose'], [failCommand(error)], world)).toBe(3)
    expect(stderr.text).toMatch(/NotFoundError: a[\s\S]+at [\s\S]+TypeError: deeper/)
  })

  test('after a signal are its consequence: exit code 130', async () => {
    stop.abort(new InterruptedError({ subject: 'interrupted' }))
    expect(await run(['fail'], [failCommand(new TypeError('aborted'))], world)).toBe(130)
    expect(stderr.text).toBe('stocktake: interrupted\n')
  })

  test('a handler that ends well after a signal has done what it was for', async () => {
    stop.abort(new InterruptedError({ subject: 'interrupted' }))
    expect(await run(['count', 'a'], commands, world)).toBe(0)
  })

  test('take the place of a progress line', async () => {
    const onTerminal = { ...world, stderr: new TextSink(80) }
    await run(['fail'], [failCommand(new NotFoundError({ subject: 'a' }))], onTerminal)
    expect(onTerminal.stderr.text).toBe('\r\x1b[2Kstocktake: a\n')
  })

  test('a full disk under stdout is one of them', async () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    stdout._write = (_chunk, _encoding, done: (error?: Error) => void) => done(full)
    stdout.on('error', () => {})
    expect(await run(['--help'], commands, world)).toBe(1)
    expect(stderr.text).toContain('ENOSPC')
  })
})

describe('the context of a handler', () => {
  const rowsCommand = defineCommand({
    command: 'rows',
    describe: 'writes rows',
    handler: async args => {
      const { write, log, config, progress } = await openContext(args)
      progress.update({ label: 'read', done: 1, unit: 'files' })
      log.notice(`lake ${config.lake}`)
      await write([{ size: 1000 }], [{ name: 'size', kind: 'bytes' }])
    },
  })

  test.each([
    [[], '  size\n1.0 kB\n'],
    [['--format', 'json'], '[\n{"size":1000}\n]\n'],
  ])('writes rows with %j', async (flags, text) => {
    expect(await run(['rows', ...flags], [rowsCommand], world)).toBe(0)
    expect(stdout.text).toBe(text)
  })

  test('knows the flags and the environment', async () => {
    await run(['rows', '--lake', 'x'], [rowsCommand], { ...world, env: { STOCKTAKE_LAKE: 'y' } })
    expect(stderr.text).toBe('lake /nowhere/x\n')
  })

  test('shows progress on a terminal only, and never when it should be quiet', async () => {
    const onTerminal = { ...world, stderr: new TextSink(80) }
    await run(['rows'], [rowsCommand], onTerminal)
    expect(onTerminal.stderr.text).toBe('\r\x1b[2Kread    1 files\r\x1b[2Klake undefined\n\r\x1b[2K')
    const quiet = { ...world, stderr: new TextSink(80) }
    await run(['rows', '--quiet'], [rowsCommand], quiet)
    expect(quiet.stderr.text).toBe('\r\x1b[2K')
  })

  test('is refused where the configuration is wrong', async () => {
    expect(await run(['rows', '--config', 'none.yaml'], [rowsCommand], world)).toBe(2)
    expect(stderr.text).toBe('stocktake: /nowhere/none.yaml: no such file; see --config\n')
  })
})

afterEach(() => {
  stdout.destroy()
  stderr.destroy()
})
