import { join } from 'node:path'
import { formatCount } from '../../src/output/quantities.js'
import { BENCH_BUCKET, BENCH_REPORT, makeBenchReport } from '../benchReport.js'
import type { Contender, Contest } from '../contest.js'
import type { Part, PartOptions } from '../part.js'
import type { Peers } from '../peers.js'
import { lendScratch } from '../place.js'
import { runScript } from '../processes.js'
import { prepareS3invsync } from '../s3invsync.js'
import { findExtensions, type S3Server, startS3Server } from '../s3Server.js'

const PORT = 47_813
/** More would be a file of more than half a gigabyte. */
const MOST_ROWS = 10_000_000

/** Reports imported from an S3 server on this machine, beside one who reads the same rows and keeps none of them. */
export const importS3Part: Part = {
  name: 'import-s3',
  sizes: [1_000_000],
  async *contests(options) {
    if (options.few) return
    const [scratch, remove] = await lendScratch(options.cache)
    try {
      const server = await startS3Server(PORT, scratch)
      try {
        for (const rows of options.sizes)
          if (rows <= MOST_ROWS) yield await contestOf(rows, server, options)
          else process.stderr.write(`${whatOf(rows)} is left out: the most in one file are ${formatCount(MOST_ROWS)}\n`)
      } finally {
        server.close()
      }
    } finally {
      await remove()
    }
  },
}

const whatOf = (rows: number): string => `import of ${formatCount(rows)} objects from S3, keys in order`

async function contestOf(rows: number, server: S3Server, { cache, peers }: PartOptions): Promise<Contest> {
  // s3invsync reads only reports whose keys are in order, file by file and from one to the next.
  const { folder } = await makeBenchReport(rows, cache, { snapshot: BENCH_REPORT, changed: 'false', isInOrder: true })
  const bucket = `reports-${rows}`
  await server.upload(bucket, folder)
  const extensions = await findExtensions()
  const ours: Contender = {
    by: 'Stocktake',
    leavesOut: '',
    run: scratch =>
      runScript('transportOnce.js', ['staged', bucket, join(scratch, 'lake'), server.endpoint, extensions]),
  }
  return {
    what: whatOf(rows),
    amount: { count: rows, unit: 'rows' },
    same: 'rows',
    ours,
    peers: await s3invsyncPeer(server.endpoint, bucket, peers),
  }
}

async function s3invsyncPeer(endpoint: string, bucket: string, { runPython }: Peers): Promise<Contender[]> {
  if (runPython === undefined) return []
  const program = await prepareS3invsync()
  if (program === undefined) return []
  const report = `s3://${bucket}/inventory/${BENCH_BUCKET}/daily/`
  return [
    {
      by: 's3invsync',
      leavesOut: 'sort, folders, tables, receipt: it keeps no row; refuses keys in no order',
      run: scratch => runPython('s3invsync', ['read', program, endpoint, report, scratch], scratch),
    },
  ]
}
