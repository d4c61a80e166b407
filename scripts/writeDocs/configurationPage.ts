import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { configSchema } from '../../src/config/schema.js'
import { packageFolder } from '../../src/packageFolder.js'
import { expectationsSchema } from '../../src/reconcile/expectationsSchema.js'
import { tableSpecSchema } from '../../src/tables/tableSpecSchema.js'
import { codeInCell, generatedNote, page, plain, table } from './markdown.js'
import { listSettings, type Setting } from './settings.js'

/** docs/reference/configuration.md: every key of the files that people write, by the schemas that check them. */
export const formatConfigurationPage = (): string =>
  page(
    '# Configuration: the reference',
    generatedNote('the schemas that check the files'),
    [
      'Every key of the files that people write. `NAME` is a name of yours, `[]` each item of a list. A key that is left out, or has no',
      'value, has its default; a key that there is not is an error with its line. Sizes are written `450MB` or `2GiB`, durations',
      '`90s`, `36h` or `2d`.',
    ].join('\n'),
    '## stocktake.yaml',
    [
      'Found in the working folder or one above it, or named by `--config` or `STOCKTAKE_CONFIG`. Paths in it are relative to it. Editors',
      'check it by [config/stocktake.schema.json](../../config/stocktake.schema.json). Credentials are no part of it:',
      '[security.md](../security.md#credentials) says where they come from.',
    ].join('\n'),
    ...sections(listSettings(configSchema)),
    '## Variables of the environment',
    'They go before the file, and options before them.',
    table(
      ['variable', 'what'],
      listVariables().map(name => [codeInCell(name), VARIABLES[name] ?? '']),
    ),
    [
      "AWS's own (`AWS_PROFILE`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, …) mean what they do for AWS's tools, and `NO_COLOR` no colours. Secrets of",
      '`notify` and `streams` are in variables whose names the settings say.',
    ].join('\n'),
    '## data_inventory.yaml',
    [
      '[expectations.md](../expectations.md) explains it by examples. Editors check it by',
      '[config/data_inventory.schema.json](../../config/data_inventory.schema.json).',
    ].join('\n'),
    settingTable(listSettings(expectationsSchema)),
    '## config/tables/NAME.yaml',
    [
      '[own-tables.md](../own-tables.md) explains it by examples. Editors check it by',
      '[config/tables.schema.json](../../config/tables.schema.json).',
    ].join('\n'),
    settingTable(listSettings(tableSpecSchema)),
  )

const VARIABLES: Readonly<Record<string, string>> = {
  STOCKTAKE_CONFIG: 'the file of settings, as `--config`',
  STOCKTAKE_LAKE: 'the lake, as `--lake`',
  STOCKTAKE_STAGE: 'what `{stage}` in config/tables stands for, as `tables.stage`',
  STOCKTAKE_TASK_ID: 'not read but given to the commands of tasks: which task it is',
  STOCKTAKE_TRINO_PASSWORD: 'the password for `trino.user`, for a server with `https:`',
  STOCKTAKE_TRINO_TOKEN: 'a token in its place',
}

/** The variables that the code names. @throws for one that isn't explained */
function listVariables(): string[] {
  const src = join(packageFolder(), 'src')
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(file => /\.ts$/.test(file))
  const found = files.flatMap(file => readFileSync(join(src, file), 'utf8').match(/\bSTOCKTAKE_[A-Z_]+\b/g) ?? [])
  const names = [...new Set(found)].sort()
  const silent = names.find(name => VARIABLES[name] === undefined)
  if (silent !== undefined) throw new Error(`${silent}: say in configurationPage.ts what it is`)
  return names
}

/** A table for each key at the top, as there are many. */
function sections(settings: readonly Setting[]): string[] {
  const groups = new Map<string, Setting[]>()
  for (const setting of settings) {
    const top = /^[^.[]+/.exec(setting.key)?.[0] ?? ''
    groups.set(top, [...(groups.get(top) ?? []), setting])
  }
  const single = [...groups.values()].filter(group => group.length === 1).flat()
  const several = [...groups].filter(([, group]) => group.length > 1)
  return [settingTable(single), ...several.flatMap(([top, group]) => [`### ${top}`, settingTable(group)])]
}

const settingTable = (settings: readonly Setting[]): string =>
  table(
    ['key', 'what', 'value', 'default'],
    settings.map(({ key, describe, expected, fallback, isRequired }) => [
      codeInCell(key),
      plain(describe),
      plain(expected),
      fallback !== undefined ? codeInCell(fallback) : isRequired ? '(required)' : '',
    ]),
  )
