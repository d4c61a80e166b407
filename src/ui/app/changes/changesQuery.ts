import type { ChangesQuery } from '../../../api/changes.js'
import type { View } from '../view.js'

export const CHANGE_KINDS = ['new', 'modified', 'deleted', 'touched'] as const
export type ChangeKind = NonNullable<ChangesQuery['change']>

/** What of a view says which changes are shown. */
export interface ShownChanges {
  readonly connector: string
  /** The base of `to` unless given. */
  readonly from: string | undefined
  /** The newest unless given. */
  readonly to: string | undefined
  readonly prefix: string
  /** Levels of folders below the prefix. */
  readonly depth: number
  readonly change: ChangeKind | undefined
}

export const DEPTHS = [1, 2, 3, 4, 5, 6] as const

export function parseShownChanges({ params }: View, connector: string): ShownChanges {
  return {
    connector,
    from: params.from,
    to: params.to,
    prefix: params.prefix ?? '',
    depth: DEPTHS.find(depth => String(depth) === params.depth) ?? 1,
    change: CHANGE_KINDS.find(kind => kind === params.change),
  }
}

/** The path in the API of a connector's changes. */
export const changesPath = ({ connector }: ShownChanges): string =>
  `/connectors/${encodeURIComponent(connector)}/changes`

/** What both the summary and the list of files are asked with. */
export const pairQuery = ({ from, to, prefix }: ShownChanges) => ({
  from,
  to,
  prefix: prefix === '' ? undefined : prefix,
})
