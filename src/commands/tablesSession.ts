import { dirname, join } from 'node:path'
import { isStage, STAGE_RULE } from '../config/schema.js'
import { NotFoundError, UsageError } from '../errors.js'
import { formatSuggestion } from '../output/suggestion.js'
import { packageFolder } from '../packageFolder.js'
import { findSpecs } from '../tables/findSpecs.js'
import type { DeclaredTable } from '../tables/tableSpec.js'
import type { Context } from './globals.js'

/** What every command about declared tables takes. */
export interface TableFlags {
  /** What `{stage}` in a spec stands for; of the environment or the configuration unless given. */
  readonly stage?: string
}

type SpecContext = Pick<Context, 'config' | 'cwd'>

/**
 * The declared tables: those of `config/tables` beside stocktake.yaml, and those that are shipped.
 * @returns in the order of their names
 * @throws {UsageError} for a stage that can't be one, and a file that can't be understood
 */
export function findTables({ stage }: TableFlags, { config, cwd }: SpecContext): Promise<DeclaredTable[]> {
  if (stage !== undefined && !isStage(stage))
    throw new UsageError({ subject: '--stage', expected: STAGE_RULE, got: JSON.stringify(stage) })
  return findSpecs(specFolders({ config, cwd }), {
    stage: stage ?? config.tables.stage,
    usualStage: config.tables.stage,
    region: config.aws.region ?? '',
  })
}

/** Where specs are looked for: what comes first counts. */
export const specFolders = ({ config, cwd }: SpecContext): string[] => [
  join(config.file === undefined ? cwd : dirname(config.file), 'config', 'tables'),
  join(packageFolder(), 'config', 'tables'),
]

/** Whether its file is the program's own, which nobody should change. */
export const isShipped = ({ file }: DeclaredTable): boolean =>
  file.startsWith(join(packageFolder(), 'config', 'tables'))

/** Those that a command is about: the one of that name, or all. @throws {NotFoundError} with a suggestion */
export async function chooseTables(
  name: string | undefined,
  flags: TableFlags,
  context: SpecContext,
): Promise<DeclaredTable[]> {
  const declared = await findTables(flags, context)
  if (name === undefined) return declared
  const chosen = declared.find(each => each.name === name || each.table === name)
  if (chosen) return [chosen]
  const names = declared.map(each => each.name)
  throw new NotFoundError({
    subject: `table ${name}`,
    expected: `one of ${names.join(', ')}`,
    got: 'no file that declares it',
    fix: formatSuggestion(name, names) ?? `write config/tables/${name}.yaml`,
  })
}

/** The one that a command is about. @throws {NotFoundError} with a suggestion */
export async function chooseTable(name: string, flags: TableFlags, context: SpecContext): Promise<DeclaredTable> {
  const [chosen] = await chooseTables(name, flags, context)
  if (chosen) return chosen
  throw new NotFoundError({ subject: `table ${name}`, got: 'no file that declares it' })
}
