import { getLakePlace } from '../config/config.js'
import { type Connector, getConnector, parseConnector } from '../config/connector.js'
import { StocktakeError, UsageError } from '../errors.js'
import {
  type ChangedConnector,
  type ConnectorChange,
  changeConnector,
  planAdd,
  planRemove,
  planSet,
  requireFreeName,
  requireOfLake,
} from '../lake/connectorChanges.js'
import { mergeSettings } from '../lake/lakeConnectors.js'
import { escapeLines } from '../output/log.js'
import { escapeControls } from '../output/terminal.js'
import { writeText } from '../output/textWriter.js'
import { deedEffects } from './audited.js'
import { shownSettings, writeSettings } from './connectorScreens.js'
import { readPatches, type SettingArgs } from './connectorSettings.js'
import type { Context } from './globals.js'
import { shownPlace } from './importScreen.js'
import { openPlace } from './lakeSession.js'
import { makeLake } from './snapshotSession.js'
import { documentEffects } from './tasksOfLake.js'

/**
 * Adds a connector that lives in the lake, which is made where there is none.
 * @throws {UsageError} for settings that a connector can't have, and for a name that another has
 */
export async function addConnector(name: string, args: SettingArgs, context: Context): Promise<void> {
  requireOfLake(name, context.config.connectors)
  requireFreeName(name)
  const settings = (await readPatches(args, context)).reduce(mergeSettings, {})
  const connector = parseConnector(name, settings, context.cwd) // before a lake is made for it
  await makeLake(context)
  await change({ name, verb: 'add', plan: planAdd(name, settings) }, context)
  const place = shownPlace(getLakePlace(context.config), context.cwd)
  await tell(connector, [`added ${name} to ${place}`, `  stocktake connectors test ${name}`], context)
}

/** Changes some settings of a connector of the lake. @throws {UsageError} {@link NotFoundError} */
export async function setConnector(nameOrGuid: string, args: SettingArgs, context: Context): Promise<void> {
  const name = nameOf(nameOrGuid, context)
  const patches = await readPatches(args, context)
  if (patches.length === 0)
    throw new UsageError({ subject: 'connectors set', expected: 'a setting', got: 'none', fix: 'see --help' })
  const { before, document } = await change({ name, verb: 'set', plan: planSet(name, patches) }, context)
  const after = parseConnector(name, document?.settings, '/')
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
  await change({ name, verb: 'remove', plan: planRemove(name) }, context)
  await tell(connector, [`removed ${name}; its snapshots stay in the lake`], context)
}

/** The name of a connector that lives in the lake. @throws {NotFoundError} */
function nameOf(nameOrGuid: string, context: Context): string {
  const { connectors } = context.config
  const { name } = getConnector(connectors, nameOrGuid)
  requireOfLake(name, connectors)
  return name
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

/** Changes it and records that. */
async function change(wanted: ConnectorChange, context: Context): Promise<ChangedConnector> {
  const { config } = context
  const place = getLakePlace(config)
  // What was done is recorded after a signal, too.
  const lasting = await openPlace(place, { config, signal: new AbortController().signal })
  return changeConnector(wanted, { ...documentEffects(context), ...deedEffects(lasting, context) })
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
