import { z } from 'zod'
import { type Connector, connectorGuid, parseConnector } from '../config/connector.js'
import { type StocktakeError, UsageError } from '../errors.js'
import { changeDocument, type DocumentChange, type DocumentEffects, type DocumentPlace } from './documents.js'
import { loadReadable } from './lake.js'
import type { ObjectStore } from './objectStore.js'

// Connectors that no file declares: `state/connectors/<guid>/<n>.json`, with settings spelled as in stocktake.yaml.

/** Settings as JSON, spelled as in stocktake.yaml; folders are absolute paths. What isn't there is by default. */
export type StoredSettings = Readonly<Record<string, z.output<ReturnType<typeof z.json>>>>

const storedConnector = z.object({
  name: z.string(),
  /** NULL once it has been removed. */
  settings: z.record(z.string(), z.json()).nullable(),
  changed_at: z.iso.datetime().transform(text => new Date(text)),
  changed_by: z.string(),
})
/** The document of a connector. */
export type StoredConnector = z.output<typeof storedConnector>

/** The connectors that live in a lake. */
export interface LakeConnectors {
  /** By name. */
  readonly connectors: readonly Connector[]
  /** The documents that they are made of, in the same order. */
  readonly documents: readonly StoredConnector[]
  /** Of those that this version can't read: what is wrong with them. */
  readonly mistakes: readonly StocktakeError[]
}

const FOLDER = 'state/connectors'

/** One listing, and one read for each. What one document has wrong keeps none of the others away. */
export async function loadLakeConnectors(store: ObjectStore): Promise<LakeConnectors> {
  const found: { readonly connector: Connector; readonly document: StoredConnector }[] = []
  const mistakes: StocktakeError[] = []
  const place = { store, folder: FOLDER, schema: storedConnector }
  for await (const { value } of loadReadable(place, error => mistakes.push(error))) {
    if (value.settings === null) continue
    try {
      found.push({ connector: parseConnector(value.name, value.settings, '/'), document: value })
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      mistakes.push(error)
    }
  }
  found.sort((a, b) => (a.connector.name < b.connector.name ? -1 : 1))
  return {
    connectors: found.map(({ connector }) => connector),
    documents: found.map(({ document }) => document),
    mistakes,
  }
}

/** The connectors that a person can name: the declared ones, and those of the lake that they don't hide. */
export const mergeConnectors = (declared: readonly Connector[], ofLake: readonly Connector[]): Connector[] => [
  ...declared,
  ...ofLake.filter(({ name }) => !declared.some(other => other.name === name)),
]

/** Decides what the settings of a connector are to be. */
export type PlanSettings = (
  current: StoredSettings | undefined,
  document: StoredConnector | undefined,
) => StoredSettings | null | undefined

/**
 * Changes the settings of a connector of the lake.
 * @param plan gets its settings, `undefined` where there is none, and its document, each time that it is asked; gives those
 *   that are to be, `null` to remove it, `undefined` to leave it
 * @throws {UsageError} for settings that a connector can't have; nothing is changed
 */
export const changeLakeConnector = (
  store: ObjectStore,
  name: string,
  plan: PlanSettings,
  by: string,
  effects: DocumentEffects,
): Promise<DocumentChange<StoredConnector>> => {
  const place: DocumentPlace<StoredConnector> = {
    store,
    folder: `${FOLDER}/${connectorGuid(name)}`,
    schema: storedConnector,
  }
  return changeDocument(
    place,
    current => {
      const settings = plan(current?.settings ?? undefined, current)
      if (settings === undefined) return undefined
      if (settings !== null) parseConnector(name, settings, '/')
      return { name, settings: settings && { ...settings }, changed_at: effects.now(), changed_by: by }
    },
    effects,
  )
}

/**
 * Settings with others laid over them: what the others don't name stays, and NULL takes away.
 * @see https://www.rfc-editor.org/rfc/rfc7396
 */
export function mergeSettings(current: StoredSettings, patch: StoredSettings): StoredSettings {
  const merged = new Map(Object.entries(current))
  for (const [key, value] of Object.entries(patch)) {
    const before = merged.get(key)
    if (value === null) merged.delete(key)
    else merged.set(key, isMapping(value) ? mergeSettings(isMapping(before) ? before : {}, value) : value)
  }
  return Object.fromEntries(merged)
}

const isMapping = (value: unknown): value is StoredSettings =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
