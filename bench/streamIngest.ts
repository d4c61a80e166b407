import { formatBytes, formatCount } from '../src/output/quantities.js'
import type { Measured } from './measured.js'
import { openCache, withScratch } from './place.js'
import { describeMachine, print, tableRow } from './printed.js'
import { runScript } from './processes.js'
import { MESSAGES, messageOf, startSender } from './streamSender.js'

// npm run bench:stream-ingest: how many records a second an ingest takes, into a folder, with its default flush. The sender is a
// process of its own, and sends as fast as it is read, and then at a fixed rate. Beside it: the same messages written to a file
// as they come. Prints Markdown.
const RUNS = 3
const RATE = 50_000
const WAYS = [
  ['file without fsync', 'plainIngestOnce.js'],
  ['ingest', 'streamIngestOnce.js'],
] as const

const cache = await openCache()
const sender = await startSender()
print(`${describeMachine()}; ${formatCount(MESSAGES)} messages of ${Buffer.byteLength(messageOf(123_456))} bytes\n`)
print('| what | sent at | records/s | CPU of it | peak memory |\n|---|---|---:|---:|---:|')
try {
  for (const rate of [0, RATE])
    for (let run = 0; run < RUNS; run++) for (const [what, script] of WAYS) await benchOnce(what, script, rate)
} finally {
  await sender.stop()
}

async function benchOnce(what: string, script: string, rate: number): Promise<void> {
  const { wallMs, cpuMs, peakBytes, records } = await withScratch(cache, folder =>
    runScript<Measured & { readonly records: number }>(script, [sender.url(rate), folder]),
  )
  if (records !== MESSAGES) throw new RangeError(`${records} of ${MESSAGES} messages were stored`)
  const sentAt = rate === 0 ? 'as fast as it reads' : `${formatCount(rate)}/s`
  const perSecond = formatCount(Math.round((records / wallMs) * 1000))
  print(tableRow([what, sentAt, perSecond, `${Math.round((cpuMs / wallMs) * 100)} %`, formatBytes(peakBytes)]))
}
