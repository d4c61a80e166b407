/** What publishing puts into Glue. */
export type PublishedKind = 'database' | 'table' | 'view' | 'report'

/** The parameters that mark what publishing has put there: only these are changed or removed by it. */
export const MARKS = {
  /** The id of the lake. */
  lake: 'stocktake.lake',
  /** A {@link PublishedKind}. */
  kind: 'stocktake.kind',
  /** `files`: a table that Glue only follows; who commits to it by Glue commits to nothing. */
  authority: 'stocktake.authority',
} as const

/** Whether an entry is one that publishing the lake has made. */
export const isOurs = (parameters: Readonly<Record<string, string>>, lakeId: string): boolean =>
  parameters[MARKS.lake] === lakeId && parameters[MARKS.kind] !== undefined

/** Glue keeps comments of columns up to 255 characters, of tables up to 2,048, in one line. */
export const columnComment = (text: string): string => oneLine(text, 255)
export const tableComment = (text: string): string => oneLine(text, 2048)

function oneLine(text: string, longest: number): string {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()
  if (line.length <= longest) return line
  const cut = line.slice(0, longest - 1)
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`
}
