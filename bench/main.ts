import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { UsageError } from '../src/errors.js'
import { packageFolder } from '../src/packageFolder.js'
import { type BenchArgs, parseBenchArgs } from './benchArgs.js'
import { formatStanding, TABLE_HEAD } from './benchTable.js'
import { type Failure, holdContest, type Standing } from './contest.js'
import { makeDeltaLake } from './deltaLake.js'
import type { Part, PartOptions } from './part.js'
import { commitsPart } from './parts/commits.js'
import { importPart } from './parts/import.js'
import { importS3Part } from './parts/importS3.js'
import { pagePart } from './parts/page.js'
import { reconcilePart } from './parts/reconcile.js'
import { diffPart, FEW_CASES, filesPart, foldersPart, TABLE_CASES } from './parts/snapshot.js'
import { streamsPart } from './parts/streams.js'
import { preparePeers } from './peers.js'
import { lendScratch, openCache } from './place.js'
import { describeMachine, print, tableRow } from './printed.js'
import { type ComparedRatio, compareRatios, keepRatios, parseRatios } from './ratios.js'

// npm run bench [-- PART… OBJECTS… --quick --check --keep --runs N --out FILE]: one table of what Stocktake does, each beside what
// can be had that does some of the same, in turn; printed, and written to a file, as Markdown. `--check` fails where a ratio is
// worse than what is kept in ratios.json. Lakes and reports of up to ten million objects stay in the cache.
const PARTS = [
  importPart,
  importS3Part,
  foldersPart,
  filesPart,
  diffPart,
  reconcilePart,
  pagePart,
  streamsPart,
  commitsPart,
]
const QUICK_ROWS = 1_000_000
const RATIOS = join(packageFolder(), 'bench', 'ratios.json')

try {
  const args = parseBenchArgs(
    process.argv.slice(2),
    PARTS.map(({ name }) => name),
  )
  const standings = await bench(args)
  if (args.check) await check(args, standings)
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = error.exitCode
}

async function bench(args: BenchArgs): Promise<Standing[]> {
  const cache = await openCache()
  const heading = `${describeMachine()}; medians of ${args.runs} runs, in turn\n`
  const lines = [heading, ...TABLE_HEAD]
  const standings: Standing[] = []
  const lakes = await openLakes(cache, args.check)
  for (const line of lines) print(line)
  try {
    const options = { cache, peers: await preparePeers(), few: args.check, lake: lakes.lake }
    for (const part of PARTS.filter(({ name }) => args.parts.length === 0 || args.parts.includes(name)))
      for await (const contest of part.contests({ ...options, sizes: sizesOf(part, args) })) {
        const held: (Standing | Failure)[] = await holdContest(contest, { runs: args.runs, cache })
        for (const standing of held) {
          lines.push(formatStanding(standing))
          print(formatStanding(standing))
          if (!('failed' in standing)) standings.push(standing)
        }
      }
  } finally {
    await lakes.close()
    await mkdir(dirname(args.out), { recursive: true })
    await writeFile(args.out, `${lines.join('\n')}\n`)
  }
  return standings
}

function sizesOf({ sizes }: Part, args: BenchArgs): readonly number[] {
  if (sizes.length === 0 || args.sizes.length > 0) return args.sizes
  return args.quick || args.check ? [QUICK_ROWS] : sizes
}

/** Lakes that are asked for, each made when it first is. @param isNew so that they are what the program makes now; removed */
async function openLakes(
  cache: string,
  isNew: boolean,
): Promise<{ readonly lake: PartOptions['lake']; readonly close: () => Promise<void> }> {
  const [folder, remove] = isNew ? await lendScratch(cache) : [cache, async () => undefined]
  const lake = async (rows: number): Promise<string> => {
    const place = join(folder, `bench-${rows}`)
    await makeDeltaLake(place, rows, isNew ? FEW_CASES : TABLE_CASES, cache)
    return place
  }
  return { lake, close: remove }
}

async function check({ keep }: BenchArgs, standings: readonly Standing[]): Promise<void> {
  const kept = parseRatios(await readFile(RATIOS, 'utf8'), RATIOS)
  const compared = compareRatios(kept, standings)
  print('\n| what | beside | of | kept | now | most |\n|---|---|---|---:|---:|---:|')
  for (const each of compared) print(formatCompared(each))
  if (keep) return writeFile(RATIOS, `${JSON.stringify(keepRatios(kept, standings), null, 2)}\n`)
  const worse = compared.filter(({ isWorse }) => isWorse)
  if (worse.length === 0) return print('\nno ratio is worse')
  process.stderr.write(`\nworse than kept: ${worse.map(({ what }) => what).join('; ')}\n`)
  process.exitCode = 1
}

function formatCompared({ what, beside, of, ratio, now, tolerance, isWorse }: ComparedRatio): string {
  const shown = now === undefined ? 'not measured' : `${now.toFixed(2)}${isWorse ? ', **worse**' : ''}`
  return tableRow([what, beside, of === 'cpuMs' ? 'CPU' : 'wall', ratio, shown, (ratio * tolerance).toFixed(2)])
}
