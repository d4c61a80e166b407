import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { formatCount } from '../../src/output/quantities.js'
import type { Contest } from '../contest.js'
import { layOutStream, SEGMENT, writeMarketSegment } from '../marketSegment.js'
import type { Part, PartOptions } from '../part.js'
import { lendScratch } from '../place.js'
import { runCommand, runScript } from '../processes.js'
import { MESSAGES, startSender } from '../streamSender.js'

/** Records taken from a WebSocket, and made into Parquet and table rows. */
export const streamsPart: Part = {
  name: 'streams',
  sizes: [],
  async *contests(options) {
    const sender = await startSender()
    try {
      yield ingestOf(sender.url(0))
    } finally {
      await sender.stop()
    }
    yield* etlContests(options)
  },
}

const ingestOf = (url: string): Contest => ({
  what: `stream ingest of ${formatCount(MESSAGES)} messages`,
  amount: { count: MESSAGES, unit: 'records' },
  same: 'records',
  ours: {
    by: 'Stocktake',
    leavesOut: '',
    run: folder => runScript('streamIngestOnce.js', [url, folder]),
  },
  peers: [
    {
      by: 'a plain file',
      leavesOut: 'a look at the messages, gaps, the disk before a record counts',
      run: folder => runScript('plainIngestOnce.js', [url, folder]),
    },
  ],
})

async function* etlContests({ cache, few }: PartOptions): AsyncGenerator<Contest> {
  const megabytes = few ? 25 : 100
  const [scratch, remove] = await lendScratch(cache)
  try {
    const segment = join(scratch, SEGMENT)
    const messages = await writeMarketSegment(segment, megabytes * 1_000_000)
    yield {
      what: `stream ETL of ${megabytes} MB, ${formatCount(messages)} messages`,
      amount: { count: (await stat(segment)).size / 1_000_000, unit: 'MB' },
      ours: { by: 'Stocktake', leavesOut: '', run: folder => runEtl(segment, folder) },
      peers: [
        {
          by: 'plain DuckDB',
          leavesOut: 'records one by one, refused lines, order, hours, the table, once only',
          run: folder => runScript('plainStreamOnce.js', [segment, join(folder, 'plain.parquet')], { cwd: folder }),
        },
      ],
    }
  } finally {
    await remove()
  }
}

async function runEtl(segment: string, folder: string) {
  await layOutStream(folder, segment)
  return (await runCommand(['streams', 'etl', 'coinbase', '--once'], folder)).measured
}
