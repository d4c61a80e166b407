import type { FolderNode } from './folderTree.js'

/**
 * What a report page shows. Names are in it as they are to be shown: what is to be redacted has been. Counts and bytes are
 * exact; times are UTC.
 */
export interface PageFigures {
  readonly connector: string
  readonly bucket: string
  readonly isRedacted: boolean
  /** When the page was made. */
  readonly madeAt: Date
  /** Of Stocktake. */
  readonly version: string
  readonly newest: NewestFigures
  readonly map: MapFigures
  readonly changes: ChangeFigures
  readonly growth: GrowthFigures
  readonly classes: ClassFigures
  readonly ages: AgeFigures
  readonly cost: CostFigures
}

/** What was asked of the lake, for who wants to see it or to ask again. */
export interface Asked {
  /** One statement over the lake's views. */
  readonly sql: string
}

/** The snapshot that the page is of. */
export interface NewestFigures extends Asked {
  readonly snapshot: string
  readonly takenAt: Date
  readonly source: 'inventory' | 'api'
  readonly objectCount: bigint
  /** NULL where no sizes are known. */
  readonly sizeBytes: bigint | null
  /** `undefined` where old versions aren't known; NULL for their size where no sizes are. */
  readonly noncurrent?: { readonly objectCount: bigint; readonly sizeBytes: bigint | null }
  /** When the page was made. */
  readonly ageMs: number
  /** `undefined` where none is expected. */
  readonly freshness?: string
  /** The share that was listed, of a sample. */
  readonly sampleRate?: number
  readonly rejectedRowCount: bigint
}

export interface MapFigures extends Asked {
  /** `undefined` where there are no objects. */
  readonly root?: FolderNode
  /** What areas are. */
  readonly by: 'bytes' | 'objects'
  /** How many folders there are. */
  readonly folderCount: bigint
  readonly takenAt: Date
}

/** What changed since the snapshot before; or why nothing can be said of it. */
export type ChangeFigures =
  | { readonly kind: 'none'; readonly why: string }
  | ({
      readonly kind: 'changes'
      readonly since: string
      readonly all: ChangeLine
      /** Each change is in one line at most. */
      readonly lines: readonly ChangeLine[]
      /** All that is in no line, and how many folders that would have been. */
      readonly others?: ChangeLine & { readonly folderCount: number }
      readonly notes: readonly string[]
    } & Asked)

export interface ChangeLine {
  /** Empty for the root. */
  readonly path: string
  /** Whether only what lies directly in the folder is meant. */
  readonly isDirect: boolean
  readonly newCount: bigint
  readonly modifiedCount: bigint
  readonly deletedCount: bigint
  readonly touchedCount: bigint
  /** NULL where a size isn't known. */
  readonly sizeChange: bigint | null
  /** A folder below it that has most of its changes, as a path from it on; 0 to 1. */
  readonly mostly?: { readonly path: string; readonly share: number }
}

export interface GrowthFigures extends Asked {
  /** Snapshots of the whole bucket, oldest first. */
  readonly points: readonly GrowthPoint[]
}

export interface GrowthPoint {
  readonly snapshot: string
  readonly takenAt: Date
  readonly objectCount: bigint
  /** NULL for the first. */
  readonly objectChange: bigint | null
  /** NULL where no sizes are known. */
  readonly sizeBytes: bigint | null
  /** NULL for the first, and where no sizes are known of it or the one before. */
  readonly sizeChange: bigint | null
}

export interface ClassFigures extends Asked {
  readonly rows: readonly ClassRow[]
}

export interface ClassRow {
  /** NULL where it isn't known. */
  readonly storageClass: string | null
  readonly objectCount: bigint
  readonly sizeBytes: bigint | null
  /** 0 to 1. */
  readonly sizeShare: number | null
  /** NULL where old versions aren't known. */
  readonly noncurrentSizeBytes: bigint | null
  /** Old versions included; NULL where no price, or no size, is known. */
  readonly monthUsd: number | null
}

export interface AgeFigures extends Asked {
  readonly rows: readonly AgeRow[]
}

export interface AgeRow {
  readonly age: string
  readonly objectCount: bigint
  readonly sizeBytes: bigint | null
  /** 0 to 1. */
  readonly sizeShare: number | null
  /** 0 to 1. */
  readonly objectShare: number
}

export interface CostFigures extends Asked {
  /** For a month of what is there now, old versions included; NULL where nothing has a price. */
  readonly monthUsd: number | null
  /** Of old versions, as far as they are known. */
  readonly noncurrentMonthUsd: number | null
  /** Versions that no price is known of. */
  readonly unpricedCount: bigint
  /** The dearest, each of one storage class. */
  readonly dearest: readonly CostRow[]
  /** Whose prices they are, and of when. */
  readonly prices: string
}

export interface CostRow {
  /** Empty for the root. */
  readonly path: string
  readonly storageClass: string | null
  /** Old versions included. */
  readonly sizeBytes: bigint | null
  readonly monthUsd: number
}
