import type { Command } from './globals.js'

/** Commands that belong together, under a title of --help. */
export interface CommandGroup {
  readonly title: string
  readonly commands: readonly Command[]
}

/** The title under which the parser puts what every command takes. */
export const GLOBAL_OPTIONS = 'With every command:'

/** What a person reads first comes first: what it does, how it looks, and last what every command takes. */
const SECTIONS = ['Examples:', 'Commands:', 'Arguments:', 'Options:', GLOBAL_OPTIONS]

/**
 * Lays a parser's help out anew: its sections in the order of a reader, and the commands under their groups' titles.
 * @param text as yargs writes it: sections between empty lines, each with its title first
 */
export function layOutHelp(text: string, groups: readonly CommandGroup[]): string {
  const sections = text.split(/\n{2,}/)
  const placeOf = (section: string): number => SECTIONS.indexOf(section.split('\n')[0] ?? '')
  return sections
    .toSorted((a, b) => placeOf(a) - placeOf(b)) // what has no such title is what it is for
    .map(section => (section.startsWith('Commands:\n') ? groupCommands(section, groups) : section))
    .join('\n\n')
}

function groupCommands(section: string, groups: readonly CommandGroup[]): string {
  const titles = new Map(groups.map(({ title, commands }) => [nameOf(commands[0]), title]))
  const lines = section
    .split('\n')
    .slice(1)
    .flatMap(line => {
      const title = titles.get(/^ {2}stocktake (\S+)/.exec(line)?.[1] ?? '')
      return title === undefined ? [line] : ['', `${title}:`, line]
    })
  const isGrouped = lines[0] === ''
  return isGrouped ? lines.slice(1).join('\n') : section
}

/** The first word of a command. */
export const nameOf = (command: Command | undefined): string =>
  String([command?.command ?? ''].flat()[0]).split(' ')[0] ?? ''

/** The arguments that a command can't do without, as its usage has them: `<name>`. */
export const requiredArguments = (usage: string): string[] => usage.match(/<[^>]+>/g) ?? []
