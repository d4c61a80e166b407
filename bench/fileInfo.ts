import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { COMMANDS, run } from '../src/cli.js'
import { writeReport } from '../src/demo/writeReport.js'
import { FolderStore } from '../src/lake/folderStore.js'
import { formatCount } from '../src/output/quantities.js'
import { TextSink } from '../test/output/textSink.js'
import { createBucket, openTestStore } from '../test/services/s3Service.js'
import { startVersityGw } from '../test/services/versityGw.js'
import { median } from './measured.js'
import { openCache } from './place.js'
import { describeMachine, print, seconds, tableRow } from './printed.js'

// npm run bench:file-info [-- OBJECTS]: photo-stats of a collection by its cached FileInfo, and with a listing of its folder
// on an S3 server on this machine, in turn; as commands, without the start of their processes. Needs the versitygw that the
// tests make. Prints Markdown.
const OBJECTS = Number(process.argv[2] ?? 20_000)
const RUNS = 5
/** Of the time with a listing. */
const MOST_SHARE = 0.2
const EXTENSIONS = ['CR3', 'JPG', 'XMP', 'HEIC', 'MOV']

const folder = await mkdtemp(join(await openCache(), 'run-'))
const service = await startVersityGw()
process.env.AWS_ACCESS_KEY_ID = service.credentials.accessKeyId
process.env.AWS_SECRET_ACCESS_KEY = service.credentials.secretAccessKey
try {
  const bucket = await createBucket(service)
  const keys = Array.from(
    { length: OBJECTS },
    (_, i) => `photos/${Math.floor(i / 500)}/IMG_${i}.${EXTENSIONS[i % EXTENSIONS.length]}`,
  )
  const store = await openTestStore(service, { bucket })
  for (let at = 0; at < keys.length; at += 50)
    await Promise.all(keys.slice(at, at + 50).map(key => store.put(key, Buffer.from('x'))))
  await writeFile(join(folder, 'stocktake.yaml'), settingsOf(bucket))
  await putReport(keys, bucket)
  await stocktake('import', 'bench')
  await stocktake('collections', 'create', 'bench', 'photos/')
  const cached: number[] = []
  const listed: number[] = []
  for (let i = 0; i < RUNS; i++) {
    cached.push(await timed(() => photoStats()))
    listed.push(
      await timed(async () => {
        await stocktake('collections', 'refresh', 'Photos')
        await photoStats()
      }),
    )
  }
  const [ours, theirs] = [median(cached), median(listed)]
  print(`${describeMachine()}; medians of ${RUNS} runs in turn\n`)
  print('| photo-stats of | cached FileInfo | with a listing | share |')
  print('|---:|---:|---:|---:|')
  const times = [ours, theirs].map(ms => seconds(ms, 2))
  print(tableRow([`${formatCount(OBJECTS)} objects`, ...times, (ours / theirs).toFixed(2)]))
  if (ours / theirs >= MOST_SHARE) throw new Error(`expected less than ${MOST_SHARE} of the time with a listing`)
} finally {
  await service.stop()
  await rm(folder, { recursive: true, force: true })
}

function settingsOf(bucket: string): string {
  return `aws: { region: us-east-1, endpoint: '${service.endpoint}', path_style: true }
connectors:
  bench:
    source_bucket: ${bucket}
    inventory: { destination_bucket: ./reports, config_name: daily }
`
}

async function putReport(keys: readonly string[], sourceBucket: string): Promise<void> {
  const takenAt = new Date('2026-01-20T01:00Z')
  const rows = keys.map(key => ({ key, size: 1, lastModified: takenAt, eTag: '9dd4e461268c8034f5c8564e155c67a6' }))
  const fields = ['bucket', 'key', 'size', 'last_modified_date', 'e_tag']
  const options = { sourceBucket, destinationBucket: 'reports', prefix: '', configName: 'daily', filesCount: 2 }
  await writeReport(rows, { ...options, fields, takenAt }, new FolderStore(join(folder, 'reports')))
}

/** Which are as many by either way. */
async function photoStats(): Promise<void> {
  const rows: { object_count: number }[] = JSON.parse(
    await stocktake('report', 'photo-stats', '--collection', 'Photos'),
  )
  const count = rows.reduce((sum, { object_count }) => sum + object_count, 0)
  if (count !== OBJECTS) throw new Error(`expected ${OBJECTS} objects, got ${count}`)
}

async function stocktake(...args: string[]): Promise<string> {
  const [stdout, stderr] = [new TextSink(), new TextSink()]
  const signal = new AbortController().signal
  const world = { stdout, stderr, cwd: folder, env: process.env, now: () => new Date(), signal }
  if ((await run([...args, '--format', 'json'], COMMANDS, world)) !== 0) throw new Error(stderr.text)
  return stdout.text
}

async function timed(act: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await act()
  return performance.now() - startedAt
}
