import { isDeepStrictEqual } from 'node:util'
import type { Connector } from '../config/connector.js'
import { ConflictError, EXIT, NotFoundError, UsageError } from '../errors.js'
import { type DeedEffects, doRecorded, isUnbegun } from './deeds.js'
import type { DocumentEffects } from './documents.js'
import {
  changeLakeConnector,
  mergeSettings,
  type PlanSettings,
  type StoredConnector,
  type StoredSettings,
} from './lakeConnectors.js'

// What may be done to connectors, and by which rules, whoever asks: a command, or a program on the API.

/** A connector that a file declares can't be changed but there. */
export class ConnectorDeclaredError extends ConflictError {
  override readonly exitCode = EXIT.usage
}

/** The name is taken by a connector of the lake. */
export class ConnectorExistsError extends ConflictError {
  override readonly exitCode = EXIT.usage
}

/** A change of a connector that lives in the lake. */
export interface ConnectorChange {
  readonly name: string
  readonly verb: 'add' | 'set' | 'remove'
  readonly plan: PlanSettings
}

export interface ConnectorChangeEffects extends DocumentEffects, DeedEffects {}

/** What became of a connector: its document as it is now, and whether this changed it. */
export interface ChangedConnector {
  readonly before: StoredSettings | undefined
  readonly document: StoredConnector | undefined
  readonly isChanged: boolean
}

/** @throws {ConnectorDeclaredError} for a name or GUID of one that a file declares */
export function requireOfLake(nameOrGuid: string, connectors: readonly Connector[]): void {
  const declared = connectors.find(
    ({ declaredAt, name, guid }) => declaredAt !== undefined && (name === nameOrGuid || guid === nameOrGuid),
  )
  if (declared)
    throw new ConnectorDeclaredError({
      subject: `connector ${declared.name}`,
      expected: 'one that lives in the lake',
      got: `one that is declared at ${declared.declaredAt}`,
      fix: 'change it there',
    })
}

/** A name that looks like a GUID could hide another connector from who asks for that. @throws {UsageError} */
export function requireFreeName(name: string): void {
  if (GUID.test(name))
    throw new UsageError({ subject: 'connector name', expected: 'a name that is no GUID', got: JSON.stringify(name) })
}

const GUID = /^con_[0-9a-f]{26}$/

/** A plan that adds one. @returns one that throws {@link ConnectorExistsError} where there is one */
export const planAdd =
  (name: string, settings: StoredSettings): PlanSettings =>
  current => {
    if (current === undefined) return settings
    throw new ConnectorExistsError({
      subject: `connector ${name}`,
      got: 'there is one in the lake',
      fix: `stocktake connectors set ${name} changes it`,
    })
  }

/** A plan that lays settings over those that are there. @returns one that throws {@link NotFoundError} where there are none */
export const planSet =
  (name: string, patches: readonly StoredSettings[]): PlanSettings =>
  current => {
    const before = requireThere(name, current)
    const next = patches.reduce(mergeSettings, before)
    return isDeepStrictEqual(next, before) ? undefined : next
  }

/**
 * A plan that puts another inventory in the place of the one that is there; its fields stay unless others are given, as does all
 * else. @returns one that throws {@link NotFoundError} where there are no settings
 */
export const planInventory =
  (name: string, settings: StoredSettings): PlanSettings =>
  current => {
    const before = requireThere(name, current)
    const fields: unknown = Reflect.get(Object(before.inventory), 'fields')
    const inventory = { ...(fields !== undefined && { fields }), ...Object(settings.inventory) }
    const next = { ...before, ...settings, inventory }
    return isDeepStrictEqual(next, before) ? undefined : next
  }

/** A plan that removes it. @returns one that throws {@link NotFoundError} where there is none */
export const planRemove =
  (name: string): PlanSettings =>
  current => {
    requireThere(name, current)
    return null
  }

function requireThere(name: string, current: StoredSettings | undefined): StoredSettings {
  if (current !== undefined) return current
  throw new NotFoundError({ subject: `connector ${name}`, got: 'another has removed it meanwhile' })
}

/**
 * Changes a connector of the lake, and records that with what was there before and is there now.
 * @throws what the plan throws, and {@link changeLakeConnector}; nothing is changed then
 */
export function changeConnector(
  { name, verb, plan }: ConnectorChange,
  effects: ConnectorChangeEffects,
): Promise<ChangedConnector> {
  let before: StoredSettings | undefined
  let refusal: unknown
  const planFrom: PlanSettings = (current, document) => {
    before = current
    try {
      return plan(current, document)
    } catch (error) {
      refusal = error
      throw error
    }
  }
  return doRecorded(
    { action: `connector ${verb}`, subject: name },
    async () => {
      const { current, isChanged } = await changeLakeConnector(effects.store, name, planFrom, effects.who, effects)
      return { before, document: current, isChanged }
    },
    ({ before, document, isChanged }) => ({
      objects: null,
      outcome: isChanged ? 'done' : 'unchanged',
      detail: { before: before ?? null, after: document?.settings ?? null },
    }),
    effects,
    error => error === refusal || isUnbegun(error),
  )
}
