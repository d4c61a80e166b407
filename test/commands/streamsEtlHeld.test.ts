import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { recordOf, tradesOf } from '../streams/etlPlace.js'
import { openCommandFolder } from './commandFolder.js'

const NOW = new Date('2026-01-20T10:30:00Z')
const SEGMENT = 'segment_20260120T10_00001'

test.each([
  [
    'another machine’s worker holds it',
    60_000,
    `${SEGMENT} is held by process 4711 on lake-9; if that is gone, until 10:31:00 UTC\n`,
  ],
  ['that worker was silent for too long', -1, ''],
])('a segment that waits, where %s', async (_, leftMs, told) => {
  const here = await openCommandFolder()
  try {
    await here.configure('lake: ./lake\nstreams: { coinbase: { source: coinbase } }\n')
    await here.run(['init'])
    const ready = join(here.folder, 'lake/raw/ready/coinbase')
    const claims = join(here.folder, `lake/state/streams/coinbase/claims/${SEGMENT}`)
    for (const folder of [ready, claims]) await mkdir(folder, { recursive: true })
    await writeFile(join(ready, `${SEGMENT}.ndjson`), `${recordOf(tradesOf())}\n`)
    const until = new Date(NOW.getTime() + leftMs)
    const runner = { pid: 4711, space: 'another boot', began: null }
    const holder = { owner: 'another', until: until.toISOString(), runner, host: 'lake-9', worker: null }
    await writeFile(
      join(claims, '1.json'),
      JSON.stringify({ format_version: 1, commit: randomUUID(), value: { holder } }),
    )
    const { code, stderr } = await here.run(['streams', 'etl', 'coinbase', '--once'], { now: () => NOW })
    expect({ code, stderr }).toEqual({ code: 0, stderr: told })
  } finally {
    await here.remove()
  }
})
