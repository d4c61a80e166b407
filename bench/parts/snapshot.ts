import { join } from 'node:path'
import { formatCount } from '../../src/output/quantities.js'
import { textAfterPrefix } from '../../src/snapshot/prefixRange.js'
import { USUAL_FOLDER_OBJECTS } from '../benchReport.js'
import type { Contender, Contest } from '../contest.js'
import { DELTA_BASE, inBothShapes, objectFiles, onDays } from '../deltaLake.js'
import type { Taken } from '../measured.js'
import { type Part, type PartOptions, pythonPeers } from '../part.js'
import { runScript } from '../processes.js'

/** The snapshots beside the base of the lakes that these parts ask. */
export const TABLE_CASES = onDays([...[0.0001, 0.01].flatMap(inBothShapes), { share: 0.5, shape: 'everywhere' }])

/** The same with fewer snapshots, which are soon made. */
export const FEW_CASES = TABLE_CASES.filter(
  ({ share, shape }) => share === 0.5 || (share === 0.01 && shape === 'clustered'),
)

/** Contenders ask what an import has written, with names of their own where they need them. */
const ours = (script: string, args: (scratch: string) => readonly string[]): Contender => ({
  by: 'Stocktake',
  leavesOut: '',
  run: cwd => runScript<Taken>(script, args(cwd), { cwd }),
})

const plain = (script: string, leavesOut: string, args: (scratch: string) => readonly string[]): Contender => ({
  by: 'plain DuckDB',
  leavesOut,
  run: cwd => runScript<Taken>(script, args(cwd), { cwd }),
})

/** A part of contests about the lake of each size. */
const lakePart = (name: string, contestsOf: (lake: string, rows: number, options: PartOptions) => Contest[]): Part => ({
  name,
  sizes: [10_000_000],
  async *contests(options) {
    for (const rows of options.sizes) yield* contestsOf(await options.lake(rows), rows, options)
  },
})

const NO_FINGERPRINTS = 'fingerprints, old versions, GUIDs'

/** Every folder of a snapshot, with what is in it and below. */
export const foldersPart = lakePart('folders', (lake, rows, { peers, few }) => {
  const files = objectFiles(lake, DELTA_BASE)
  const into = (scratch: string) => join(scratch, 'made')
  const byPlain = plain('plainRollUpOnce.js', NO_FINGERPRINTS, scratch => [files, into(scratch)])
  const left = { chDB: NO_FINGERPRINTS, Polars: NO_FINGERPRINTS }
  const python = pythonPeers(peers, left, (_, scratch) => ['rollup', files, into(scratch)])
  return [
    {
      what: `all folders of ${formatCount(rows)} objects`,
      amount: { count: rows, unit: 'rows' },
      same: 'folders',
      ours: ours('rollUpOnce.js', scratch => [lake, DELTA_BASE, into(scratch)]),
      peers: few ? [byPlain] : [byPlain, ...python],
    },
  ]
})

/** How many folders are asked for, one after the other. */
const ASKED = 20

/** What one folder of a snapshot holds: the middle one of some folders. */
export const filesPart = lakePart('files', (lake, rows, { peers, few }) => {
  const files = objectFiles(lake, DELTA_BASE)
  const prefixes = somePhotoFolders(rows)
  const bounds = prefixes.flatMap(prefix => [prefix, textAfterPrefix(prefix) ?? ''])
  const byPlain = plain('plainFilesOnce.js', 'which snapshot counts', () => [files, ...bounds])
  const left = { chDB: 'which snapshot counts', Polars: 'which snapshot counts' }
  const python = pythonPeers(peers, left, () => ['files', files, ...bounds])
  return [
    {
      what: `the files of one folder of ${formatCount(rows)} objects`,
      same: 'rows',
      ours: byStep(ours('filesOnce.js', () => [lake, DELTA_BASE, ...prefixes])),
      peers: (few ? [byPlain] : [byPlain, ...python]).map(byStep),
    },
  ]
})

/** The time of one of the steps of its run. */
const byStep = (contender: Contender): Contender => ({
  ...contender,
  run: async scratch => {
    const taken = await contender.run(scratch)
    return { ...taken, wallMs: taken.stepMs ?? Number.NaN, cpuMs: Number.NaN }
  },
})

/** Anywhere among those that `selectBenchKeys` lays out. */
function somePhotoFolders(rows: number): string[] {
  const folders = Math.floor(rows / USUAL_FOLDER_OBJECTS)
  return Array.from({ length: ASKED }, (_, n) => {
    const folder = Math.floor((n * folders) / ASKED / 4) * 4
    return `photos/${2010 + (folder % 16)}/Shoot ${String(folder).padStart(6, '0')}/`
  })
}

/** Two snapshots compared, by how much of the objects differs. */
export const diffPart = lakePart('diff', (lake, rows, { peers, few }) =>
  (few ? FEW_CASES : TABLE_CASES).map(({ snapshot, share, shape }) => {
    const files = [DELTA_BASE, snapshot].map(name => objectFiles(lake, name))
    const left = 'a bound on memory'
    const byPlain = plain('plainDeltaOnce.js', left, () => files)
    const python = pythonPeers(peers, { chDB: left, Polars: `${left}; what was before` }, () => ['diff', ...files])
    return {
      what: `diff of ${formatCount(rows)} objects, ${share * 100} % changed, ${shape}`,
      amount: { count: rows, unit: 'rows' },
      same: 'changes',
      ours: ours('deltaOnce.js', () => [lake, DELTA_BASE, snapshot]),
      peers: few ? [byPlain] : [byPlain, ...python],
    }
  }),
)
