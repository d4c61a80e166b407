import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compileImporter } from './processes.js'

const FOLDERS = 60
const FILES = 3000

let place: string
let program: string
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'stocktake-killed-scan-'))
  await compileImporter(join(place, 'compiled'))
  program = join(place, 'compiled/src/cli.js')
  for (let i = 0; i < FOLDERS; i++) await mkdir(join(place, 'bucket', String(i)), { recursive: true })
  for (let i = 0; i < FILES; i++) await writeFile(join(place, 'bucket', String(i % FOLDERS), `${i}.jpg`), '1')
  await writeFile(join(place, 'stocktake.yaml'), 'connectors: { photos: { source_bucket: ./bucket } }\n')
})
afterAll(() => rm(place, { recursive: true, force: true }))

const start = (...args: string[]): ChildProcess => spawn(process.execPath, [program, ...args], { cwd: place })

async function run(...args: string[]): Promise<string> {
  const child = start(...args)
  const [[code], output, errors] = await Promise.all([
    once(child, 'close'),
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
  ])
  if (code !== 0) throw new Error(errors)
  return output
}

/** The work folders of scans. */
const findWork = async (): Promise<string[]> =>
  (await readdir(join(place, 'lake/.tmp-work')).catch(() => [])).filter(name => name.startsWith('scan'))

test('a scan that is killed makes no snapshot; the next one begins anew, and removes what was left', async () => {
  const killed = start('scan', 'photos')
  while ((await findWork()).length === 0) await sleep(1)
  killed.kill('SIGKILL')
  await once(killed, 'close')
  expect(await findWork()).toHaveLength(1)
  expect(JSON.parse(await run('snapshots', '--format', 'json'))).toEqual([])

  await run('scan', 'photos')
  expect(await findWork()).toEqual([])
  expect(JSON.parse(await run('snapshots', '--format', 'json'))).toMatchObject([{ row_count: FILES, source: 'api' }])
})

test.each(['SIGINT', 'SIGTERM'] as const)(
  'a scan that gets %s ends with exit code 130, and leaves nothing',
  async signal => {
    const before = await run('snapshots', '--format', 'jsonl')
    const stopped = start('scan', 'photos')
    const told = stopped.stderr ? text(stopped.stderr) : ''
    while ((await findWork()).length === 0) await sleep(1)
    stopped.kill(signal)
    const [code] = await once(stopped, 'close')
    expect([code, await told]).toEqual([130, 'stocktake: interrupted; what was finished stays\n'])
    expect(await findWork()).toEqual([])
    expect(await run('snapshots', '--format', 'jsonl')).toBe(before)
  },
)
