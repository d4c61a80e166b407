import { AUTHORITY } from '../iceberg/glueEntry.js'

/** What publishing puts into Glue. */
export type PublishedKind = 'database' | 'table' | 'view' | 'report'

/** The parameters that mark what publishing has put there: only these are changed or removed by it. */
export const MARKS = {
  /** The id of the lake. */
  lake: 'stocktake.lake',
  /** A {@link PublishedKind}. */
  kind: 'stocktake.kind',
  /** `files`: a table that Glue only follows; who commits to it by Glue commits to nothing. */
  authority: AUTHORITY,
} as const

/** Whether an entry is one that publishing the lake has made. */
export const isOurs = (parameters: Readonly<Record<string, string>>, lakeId: string): boolean =>
  parameters[MARKS.lake] === lakeId && parameters[MARKS.kind] !== undefined
