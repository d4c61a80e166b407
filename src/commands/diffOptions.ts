import type { EngineArgs } from './engineFlag.js'

/** What a person asks of `diff`. */
export interface DiffOptions extends EngineArgs {
  readonly connector: string
  readonly from?: string
  readonly to?: string
  readonly by?: 'file' | 'folder'
  readonly depth?: number
  readonly summary?: boolean
  readonly moves?: boolean
  readonly prefix?: string
  readonly failOn?: readonly string[]
  readonly sql?: boolean
}
