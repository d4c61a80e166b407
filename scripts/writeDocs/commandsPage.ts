import type { Options } from 'yargs'
import { COMMAND_GROUPS, COMMANDS } from '../../src/cli.js'
import { globalOptions } from '../../src/commands/globals.js'
import { EXIT } from '../../src/errors.js'
import { type CommandParts, flag, readCommand } from './commandParts.js'
import { code, codeInCell, generatedNote, page, plain, table } from './markdown.js'

const EXIT_MEANS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'done; also where there were no rows to show',
  failed: 'failed; of `connectors test`, `doctor`, `setup --verify`, `tables verify` and `notify test`: a check failed',
  usage: "a command line or a configuration that can't be understood; nothing was done",
  notFound: 'nothing found: no such connector, report, snapshot, folder or table',
  refused: "refused: a report that can't be trusted, rows of which too many are bad. The lake is as it was",
  findings: 'done, and there is more to find than `--fail-on` allows',
  interrupted: 'interrupted; what was finished stays',
}

/** docs/reference/commands.md: what `--help` says of every command. */
export function formatCommandsPage(): string {
  const commands = COMMANDS.map(each => readCommand(each))
  return page(
    '# Commands: the reference',
    generatedNote('the definitions that `--help` shows'),
    'Every command with its arguments, options and defaults. What they print, and why, is in [commands.md](../commands.md).',
    ...COMMAND_GROUPS.flatMap(({ title, commands: own }) => [
      `**${title}**`,
      table(
        ['command', 'what for'],
        own
          .map(each => readCommand(each))
          .map(({ name, describe }) => [`[${name}](#${anchor(name)})`, plain(describe)]),
      ),
    ]),
    '## Options of all commands',
    optionTable(Object.entries(globalOptions)),
    [
      'Flags go before the environment, and that before the file: `STOCKTAKE_CONFIG` names the file, `STOCKTAKE_LAKE` the lake.',
      'Data goes to stdout, everything else to stderr.',
    ].join(' '),
    '## Exit codes',
    table(
      ['code', 'means'],
      (Object.keys(EXIT) as (keyof typeof EXIT)[]).map(name => [String(EXIT[name]), EXIT_MEANS[name]]),
    ),
    'A group of commands, such as `jobs`, does what its row `(default)` says where none of them is named.',
    ...commands.flatMap(each => formatCommand(each, 2)),
  )
}

function formatCommand(command: CommandParts, level: number): string[] {
  const { name, args, describe, positionals, options, rules, examples, commands } = command
  const usage = commands.length > 0 ? `stocktake ${name} <command>` : `stocktake ${name} ${args} [options]`
  return [
    `${'#'.repeat(level)} ${name}`,
    `${sentence(plain(describe))}`,
    `\`\`\`text\n${usage.replace(/ +/g, ' ')}\n\`\`\``,
    table(
      ['command', 'what for'],
      commands.map(each => [
        `[${each.name}](#${anchor(each.name)})${each.isDefault ? ' (default)' : ''}`,
        plain(each.describe),
      ]),
    ),
    table(
      ['argument', 'what', 'type'],
      positionals.map(([argument, its]) => [codeInCell(argument), plain(its.describe ?? ''), typeOf(its)]),
    ),
    optionTable(options),
    rules.map(rule => `- ${rule.replace(/--[\w-]+/g, code)}`).join('\n'),
    exampleBlock(examples),
    ...commands.flatMap(each => formatCommand(each, level + 1)),
  ]
}

function exampleBlock(examples: CommandParts['examples']): string {
  if (examples.length === 0) return ''
  const width = Math.max(...examples.map(([line]) => line.length))
  const lines = examples.map(([line, what]) => (what === '' ? line : `${line.padEnd(width)}   # ${what}`))
  return `\`\`\`sh\n${lines.join('\n')}\n\`\`\``
}

const optionTable = (options: readonly (readonly [name: string, options: Options])[]): string =>
  table(
    ['option', 'what', 'type', 'default'],
    options.map(([name, its]) => [
      [...[its.alias ?? []].flat().map(alias => `-${alias}`), flag(name)].map(codeInCell).join(', '),
      plain(its.describe ?? its.description ?? ''),
      typeOf(its),
      its.default === undefined ? '' : codeInCell(String(its.default)),
    ]),
  )

function typeOf({
  type,
  choices,
  array,
  demandOption,
}: Pick<Options, 'type' | 'choices' | 'array' | 'demandOption'>): string {
  const values =
    choices === undefined ? undefined : [...new Set([choices].flat())].map(value => codeInCell(String(value)))
  const kind = values?.join(', ') ?? (type === 'boolean' ? '' : (type ?? 'string').replace(/^(string|array)$/, 'text'))
  return [kind, ...(array ? ['may be repeated'] : []), ...(demandOption ? ['required'] : [])]
    .filter(part => part !== '')
    .join('; ')
}

/** What GitHub makes of a heading. */
const anchor = (heading: string): string => heading.toLowerCase().replaceAll(' ', '-')

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
