import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { packageFolder, packageVersion } from '../../src/packageFolder.js'
import { type CommandFolder, openCommandFolder } from '../commands/commandFolder.js'

// test/fixtures/lake-v1 was made by the first Stocktake that kept a lake (4ca999e, 21 November 2026): two imports of a report of
// a dozen objects. Whatever comes later reads it, and goes on in it.
let place: CommandFolder
beforeEach(async () => {
  place = await openCommandFolder()
  await cp(join(packageFolder(), 'test', 'fixtures', 'lake-v1'), place.folder, { recursive: true })
})
afterEach(() => place.remove())

const world = { now: () => new Date('2026-01-21T00:00:00Z') }
const rows = (...args: string[]) => place.rows(args, world)

test('what it holds is told', async () => {
  expect(await rows('snapshots')).toMatchObject([
    {
      snapshot: '2026-01-20T01-00Z',
      row_count: 14,
      object_count: 11,
      new_count: 1,
      modified_count: 1,
      deleted_count: 2,
    },
    { snapshot: '2026-01-13T01-00Z', row_count: 12, object_count: 12, new_count: null },
  ])
  expect(await rows('diff', 'photos')).toMatchObject([
    { key: 'logs/2026-01-19.txt', change: 'new' },
    { key: 'photos/2026/Köln am Rhein/img_005.jpg', change: 'deleted' },
    { key: 'photos/2026/Köln am Rhein/img_007.jpg', change: 'deleted' },
    { key: 'photos/2026/a+b/img_006.jpg', change: 'modified' },
  ])
  expect(await rows('folders', 'photos', 'photos/2026/')).toMatchObject([
    { path: 'photos/2026/Köln am Rhein/', object_count: 6 },
    { path: 'photos/2026/a+b/', object_count: 4 },
  ])
  const versions = await rows('files', 'photos', 'photos/2026/a+b/', '--versions')
  expect(versions.map(({ version_id }) => version_id)).toEqual(['v3a', 'v6b', 'v6a', 'v9a', 'v12a'])
})

test('it is gone on with: a snapshot is made anew, maintained, and told apart from the others', async () => {
  expect(await place.run(['import', 'photos', '--again'], world)).toMatchObject({ code: 0 })
  expect(await place.run(['maintain'], world)).toMatchObject({ code: 0 })
  const [newest] = await rows(
    'query',
    'select count(*) as objects, count(distinct import_id) as imports from objects_latest',
  )
  expect(newest).toEqual({ objects: 14, imports: 1 })
  expect(await rows('snapshots')).toMatchObject([{ new_count: 1, version: packageVersion() }, { row_count: 12 }])
})

test('upgrade finds nothing to do, and changes nothing', async () => {
  const read = () => readFile(join(place.folder, 'lake', 'lake.json'), 'utf8')
  const before = await read()
  const found = { format: 1, newest: 2, version: packageVersion(), steps: [] }
  expect(await rows('upgrade', '--dry-run')).toMatchObject([found])
  expect(await rows('upgrade')).toMatchObject([found])
  expect(await read()).toBe(before)
})

test('a lake of a later Stocktake is refused by every command, with what to do', async () => {
  await writeFile(join(place.folder, 'lake', 'lake.json'), '{ "formatVersion": 3 }\n')
  for (const args of [['upgrade'], ['snapshots'], ['import', 'photos'], ['maintain'], ['query', 'select 1']])
    expect(await place.run(args, world)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        `expected format version 2 at most, got 3; a later Stocktake made this lake: install that one; this is ${packageVersion()}`,
      ),
    })
})
