import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/config.js'
import { DEMO_EXPECTATIONS } from '../../src/demo/demoSettings.js'
import { type MadeDemo, makeDemo } from '../../src/demo/makeDemo.js'
import { InterruptedError, UsageError } from '../../src/errors.js'
import { listReports } from '../../src/inventory/findReports.js'
import { loadManifest } from '../../src/inventory/loadManifest.js'
import { stageFile } from '../../src/inventory/stageFile.js'
import { FolderStore } from '../../src/lake/folderStore.js'

const effects = { signal: new AbortController().signal }
let folder = ''
let made: MadeDemo
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'make-demo-'))
  made = await makeDemo(folder, effects)
})
afterAll(() => rm(folder, { recursive: true }))

/** Each file's digest by its path. */
async function digests(root: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile())
      found.set(
        path,
        createHash('md5')
          .update(await readFile(path))
          .digest('hex'),
      )
  }
  return found
}

test('what was made is told', () => {
  expect(made).toEqual({
    sourceBucket: 'demo-bucket',
    configPath: join(folder, 'stocktake.yaml'),
    reports: [
      { name: '2026-01-19T01-00Z', rowCount: 203_120, objectCount: 201_812 },
      { name: '2026-01-20T01-00Z', rowCount: 205_118, objectCount: 203_387 },
    ],
  })
})

test('its settings lead to its reports, and these can be trusted', async () => {
  const readText = (path: string) => readFile(path, 'utf8')
  const config = await loadConfig({ config: made.configPath }, { cwd: folder, env: {}, readText })
  expect(config.lake).toBe(join(folder, 'lake'))
  const [connector] = config.connectors
  expect(connector).toMatchObject({ name: 'demo', source: { kind: 'folder', name: 'demo-bucket' } })
  const place = connector?.inventory
  if (place?.destination.kind !== 'folder') throw new Error('no folder of reports')
  const store = new FolderStore(place.destination.path)
  const names: string[] = []
  for await (const report of listReports(store, { ...place, sourceBucket: 'demo-bucket' })) {
    names.push(report.name)
    const { manifest, columns } = await loadManifest(store, report.manifestKey, {
      sourceBucket: 'demo-bucket',
      format: 'CSV',
    })
    expect(columns.ignored).toEqual([])
    expect(manifest.files).toHaveLength(4)
    for (const file of manifest.files)
      await stageFile(
        store.stream(file.key),
        { url: file.key, ...file },
        { path: join(folder, 'staged'), unpack: true },
        effects.signal,
      )
  }
  await rm(join(folder, 'staged'))
  expect(names).toEqual(['2026-01-19T01-00Z', '2026-01-20T01-00Z'])
})

test('the expectations are beside the settings, with the games that they are about', async () => {
  expect(await readFile(join(folder, 'data_inventory.yaml'), 'utf8')).toBe(DEMO_EXPECTATIONS)
  expect(await readFile(join(folder, 'games.csv'), 'utf8')).toContain('\n2025-26,2026-01-19,20260119-02\n')
})

test('the sports data is really there, with its dates', async () => {
  const path = join(folder, 'demo-bucket/sports/box_scores/2025-26/2026-01-18.json')
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ season: '2025-26', date: '2026-01-18' })
  expect((await stat(path)).mtime.toISOString()).toMatch(/^2026-01-19T2/)
})

test('made again, it is the same; settings that were changed stay', async () => {
  await writeFile(made.configPath, `${await readFile(made.configPath, 'utf8')}# mine\n`)
  const before = await digests(folder)
  expect(await makeDemo(folder, effects)).toEqual(made)
  expect(await digests(folder)).toEqual(before)
})

test('a folder with settings of its own is left alone', async () => {
  const other = await mkdtemp(join(tmpdir(), 'make-demo-'))
  await writeFile(join(other, 'stocktake.yaml'), 'lake: s3://precious/lake\n')
  await expect(makeDemo(other, effects)).rejects.toBeInstanceOf(UsageError)
  expect(await readdir(other)).toEqual(['stocktake.yaml'])
  await rm(other, { recursive: true })
})

test('stops at a signal', async () => {
  const other = await mkdtemp(join(tmpdir(), 'make-demo-'))
  await expect(makeDemo(other, { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(InterruptedError)
  await rm(other, { recursive: true })
})
