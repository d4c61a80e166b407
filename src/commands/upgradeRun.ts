import { LAKE_FORMAT_VERSION, loadLakeFormat } from '../lake/lake.js'
import type { Column } from '../output/cells.js'
import { packageVersion } from '../packageFolder.js'
import type { Context } from './globals.js'
import { openLakeOf } from './lakeSession.js'
import { isForPeople } from './shown.js'

interface LakeFormat {
  readonly lake: string
  readonly format: number
  /** The newest that this version reads and writes, as it does all older ones. */
  readonly newest: number
  readonly version: string
  /** What has to be done before this version works with the lake. */
  readonly steps: readonly string[]
}

/**
 * Tells the lake's format. There is nothing to do: every format that there was is read and written as it is, so a lake keeps its
 * own, and with it all versions that know it.
 * @throws {LakeFormatError} where a later Stocktake made it
 */
export async function showFormat(context: Context): Promise<void> {
  const { place, lake } = await openLakeOf(context)
  const format = await loadLakeFormat(lake.store)
  const found: LakeFormat = {
    ...{ lake: place, format, newest: LAKE_FORMAT_VERSION, version: packageVersion(), steps: [] },
  }
  await context.write([found], isForPeople(context.format) ? FOR_PEOPLE : FOR_SCRIPTS)
  context.log.notice('nothing to do')
}

const FOR_PEOPLE: readonly Column<LakeFormat>[] = [
  { name: 'lake' },
  { name: 'format' },
  { name: 'reads', value: ({ newest }) => `1 to ${newest}` },
  { name: 'version' },
]

const FOR_SCRIPTS: readonly Column<LakeFormat>[] = ['lake', 'format', 'newest', 'version', 'steps'].map(name => ({
  name,
}))
