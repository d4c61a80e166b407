import { checkKind } from './column.js'
import type { OrcColumn } from './footer.js'
import { damaged, OrcError } from './orcError.js'
import type { OrcFile } from './orcFile.js'
import { type OrcBatch, readStripe } from './stripe.js'

/**
 * The rows of a file, in order, in batches of 1 to 4,096 rows; a batch has rows of one stripe only. What doesn't
 * belong to the columns asked for isn't read.
 * @param columnNames the columns wanted, each once; without them, all columns
 * @throws {OrcError} if there is no such column, or the file is cut or damaged; rows given before still count for
 *   nothing then, as a file may show only at the end of a stripe that it is damaged
 * @throws {OrcUnsupportedError} if a column wanted is of a kind that isn't read, or has timestamps not in UTC
 */
export async function* readOrc(file: OrcFile, columnNames?: readonly string[]): AsyncGenerator<OrcBatch> {
  const columns = selectColumns(file, columnNames ?? file.columns.map(column => column.name))
  for (const ordinal of file.stripes.keys()) yield* readStripe(file, ordinal, columns)
}

function selectColumns(file: OrcFile, names: readonly string[]): OrcColumn[] {
  const byName = new Map<string, OrcColumn>()
  const repeated = new Set<string>()
  for (const column of file.columns) {
    if (byName.has(column.name)) repeated.add(column.name)
    byName.set(column.name, column)
  }
  return names.map(name => {
    const column = byName.get(name)
    if (column === undefined)
      throw new OrcError({
        subject: file.subject,
        expected: `a column ${name}`,
        got: `columns ${[...byName.keys()].join(', ')}`,
      })
    if (repeated.has(name)) throw damaged(file.subject, `one column ${name}`, 'more')
    checkKind(column, file.subject)
    return column
  })
}
