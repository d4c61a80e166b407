import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { formatBytes, formatCount } from '../../src/output/quantities.js'
import { makeBenchReport } from '../benchReport.js'
import type { Contender } from '../contest.js'
import { type Part, pythonPeers } from '../part.js'
import { freeBytes } from '../place.js'
import { runScript } from '../processes.js'

const NO_CHECKS = 'MD5 and gzip, malformed rows, folders, tables, receipt'
/** Above it a peer that holds all rows has more than most machines. */
const MOST_IN_MEMORY = 10_000_000
/** Of the report and of what is at most there while it is imported. */
const BYTES_A_ROW = 250

/** Reports imported, beside the same files decoded, sorted by key and written. */
export const importPart: Part = {
  name: 'import',
  sizes: [1_000_000, 10_000_000, 100_000_000],
  async *contests({ sizes, cache, peers, few }) {
    for (const rows of sizes) {
      const what = `import of ${formatCount(rows)} objects`
      const free = await freeBytes(cache)
      if (free < rows * BYTES_A_ROW) {
        process.stderr.write(
          `${what} is left out: it may take ${formatBytes(rows * BYTES_A_ROW)}, and ${formatBytes(free)} are free\n`,
        )
        continue
      }
      const { folder, dataFiles } = await makeBenchReport(rows, cache)
      const python = pythonPeers(
        peers,
        {
          chDB: `${NO_CHECKS}; writes a MergeTree`,
          ...(rows <= MOST_IN_MEMORY && { Polars: `${NO_CHECKS}; most escapes` }),
        },
        (_, scratch) => ['import', join(scratch, 'out'), ...dataFiles],
      )
      const ours: Contender = {
        by: 'Stocktake',
        leavesOut: '',
        phases: ['read', 'sort'],
        run: scratch => runScript('importOnce.js', [folder, join(scratch, 'lake')]),
      }
      const plain: Contender = {
        by: 'plain DuckDB',
        leavesOut: NO_CHECKS,
        run: cwd => runScript('plainOnce.js', [join(cwd, 'out'), ...dataFiles], { cwd }),
      }
      const amount = { count: rows, unit: 'rows' }
      yield {
        ...{ what, amount, ours, peers: few ? [plain] : [plain, ...python] },
        ...(rows > MOST_IN_MEMORY && { runs: 1 }),
      }
      if (rows > MOST_IN_MEMORY) await rm(folder, { recursive: true })
    }
  },
}
