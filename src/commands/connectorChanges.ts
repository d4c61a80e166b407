import { isDeepStrictEqual } from 'node:util'
import { getLakePlace } from '../config/config.js'
import { type Connector, getConnector, parseConnector } from '../config/connector.js'
import { NotFoundError, StocktakeError, UsageError } from '../errors.js'
import { changeLakeConnector, mergeSettings, type StoredSettings } from '../lake/lakeConnectors.js'
import { escapeLines } from '../output/log.js'
import { escapeControls } from '../output/terminal.js'
import { writeText } from '../output/textWriter.js'
import { audited } from './audited.js'
import { shownSettings, writeSettings } from './connectorScreens.js'
import { readPatches, type SettingArgs } from './connectorSettings.js'
import type { Context } from './globals.js'
import { shownPlace } from './importScreen.js'
import { openPlace } from './lakeSession.js'
import { makeLake, userName } from './snapshotSession.js'
import { documentEffects } from './tasksOfLake.js'

/**
 * Adds a connector that lives in the lake, which is made where there is none.
 * @throws {UsageError} for settings that a connector can't have, and for a name that another has
 */
export async function addConnector(name: string, args: SettingArgs, context: Context): Promise<void> {
  requireOfLake(name, context)
  const settings = (await readPatches(args, context)).reduce(mergeSettings, {})
  const connector = parseConnector(name, settings, context.cwd) // before a lake is made for it
  await makeLake(context)
  await change(name, 'add', context, current => {
    if (current === undefined) return settings
    throw new UsageError({
      subject: `connector ${name}`,
      got: 'there is one in the lake',
      fix: `stocktake connectors set ${name} changes it`,
    })
  })
  const place = shownPlace(getLakePlace(context.config), context.cwd)
  await tell(connector, [`added ${name} to ${place}`, `  stocktake connectors test ${name}`], context)
}

/** Changes some settings of a connector of the lake. @throws {UsageError} {@link NotFoundError} */
export async function setConnector(nameOrGuid: string, args: SettingArgs, context: Context): Promise<void> {
  const name = nameOf(nameOrGuid, context)
  const patches = await readPatches(args, context)
  if (patches.length === 0)
    throw new UsageError({ subject: 'connectors set', expected: 'a setting', got: 'none', fix: 'see --help' })
  let before: StoredSettings = {}
  const settings = await change(name, 'set', context, current => {
    before = requireThere(name, current)
    const next = patches.reduce(mergeSettings, before)
    return isDeepStrictEqual(next, before) ? undefined : next
  })
  const after = parseConnector(name, settings, '/')
  const lines = differences(parseConnector(name, before, '/'), after)
  await tell(after, lines.length === 0 ? [`${name} is as it was`] : [`changed ${name}`, ...lines], context)
}

/**
 * Removes a connector of the lake; its snapshots stay.
 * @throws {UsageError} where nobody can be asked
 */
export async function removeConnector(nameOrGuid: string, args: { yes?: boolean }, context: Context): Promise<void> {
  const name = nameOf(nameOrGuid, context)
  const connector = getConnector(context.config.connectors, name)
  if (!(await isWanted(name, args.yes ?? false, context))) throw new StocktakeError({ subject: 'nothing was changed' })
  await change(name, 'remove', context, current => {
    requireThere(name, current)
    return null
  })
  await tell(connector, [`removed ${name}; its snapshots stay in the lake`], context)
}

/** The name of a connector that lives in the lake. @throws {NotFoundError} */
function nameOf(nameOrGuid: string, context: Context): string {
  const { connectors } = context.config
  const { name } = getConnector(connectors, nameOrGuid)
  requireOfLake(name, context)
  return name
}

/** @throws {UsageError} for one that a file declares: it is changed there */
function requireOfLake(name: string, { config }: Context): void {
  const declared = config.connectors.find(
    connector => connector.declaredAt !== undefined && (connector.name === name || connector.guid === name),
  )
  if (declared)
    throw new UsageError({
      subject: `connector ${declared.name}`,
      expected: 'one that lives in the lake',
      got: `one that is declared at ${declared.declaredAt}`,
      fix: 'change it there',
    })
}

function requireThere(name: string, current: StoredSettings | undefined): StoredSettings {
  if (current !== undefined) return current
  throw new NotFoundError({ subject: `connector ${name}`, got: 'another has removed it meanwhile' })
}

async function isWanted(name: string, yes: boolean, { ask, progress }: Context): Promise<boolean> {
  if (yes) return true
  progress.clear()
  if (ask) return ask(`remove connector ${escapeControls(name)}? its snapshots stay`)
  throw new UsageError({
    subject: 'connectors remove',
    expected: 'a terminal to ask on, or --yes',
    got: 'neither',
    fix: 'nothing was changed',
  })
}

/** Changes it and records that. @returns its settings as they are now; `undefined` where it has been removed */
async function change(
  name: string,
  verb: 'add' | 'set' | 'remove',
  context: Context,
  plan: (current: StoredSettings | undefined) => StoredSettings | null | undefined,
): Promise<StoredSettings | undefined> {
  const store = await openPlace(getLakePlace(context.config), context)
  let before: StoredSettings | undefined
  const planFrom: typeof plan = current => {
    before = current
    return plan(current)
  }
  const { current } = await audited(
    { action: `connector ${verb}`, subject: name },
    context,
    () => changeLakeConnector(store, name, planFrom, userName(), documentEffects(context)),
    ({ current, isChanged }) => ({
      objects: null,
      outcome: isChanged ? 'done' : 'unchanged',
      detail: { before: before ?? null, after: current?.settings ?? null },
    }),
  )
  return current?.settings ?? undefined
}

/** What differs, a line each: `  schedule: weekly → daily`. */
function differences(before: Connector, after: Connector): string[] {
  const [old, now] = [shownSettings(before), shownSettings(after)]
  const names = [...new Set([...old.keys(), ...now.keys()])]
  return names
    .filter(name => old.get(name) !== now.get(name))
    .map(name => `  ${name}: ${old.get(name) ?? 'none'} → ${now.get(name) ?? 'none'}`)
}

/** In words, or where a program reads, the connector's settings. */
async function tell(connector: Connector, lines: readonly string[], context: Context): Promise<void> {
  if (context.format !== 'table') return writeSettings(connector, context)
  context.progress.clear()
  await writeText(context.stdout, [escapeLines(`${lines.join('\n')}\n`)])
}
