import { readdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeReport } from '../../src/demo/writeReport.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'

const SETTINGS = `
connectors:
  photos:
    source_bucket: ./photo-bucket
    inventory: { destination_bucket: ./reports, config_name: daily }
keep: { daily: 1, weekly: 0, monthly: 2 }
`
const DAYS = ['2025-12-31', '2026-01-18', '2026-01-19', '2026-01-20']
/** When they were imported, and when the lake is maintained. */
const IMPORTED = { now: () => new Date('2026-01-21T00:00Z') }
const LATER = { now: () => new Date('2026-01-25T00:00Z') }

let place: CommandFolder
beforeAll(async () => {
  place = await openCommandFolder()
  await place.configure(SETTINGS)
  const reports = { sourceBucket: 'photo-bucket', destinationBucket: 'reports', prefix: '', configName: 'daily' }
  for (const day of DAYS)
    await writeReport(
      [{ key: `${day}.jpg`, size: 1_000, eTag: day, lastModified: new Date('2025-12-01T00:00Z') }],
      { ...reports, takenAt: new Date(`${day}T01:00Z`), fields: ['bucket', 'key', 'size', 'e_tag'], filesCount: 1 },
      new FolderStore(join(place.folder, 'reports')),
    )
  const { code, stderr } = await place.run(['import', 'photos', '--all'], IMPORTED)
  if (code !== 0) throw new Error(stderr)
})
afterAll(() => place.remove())

async function listLake(): Promise<string[]> {
  const root = join(place.folder, 'lake')
  const names = await readdir(root, { recursive: true })
  return Promise.all(names.sort().map(async name => `${name} ${(await stat(join(root, name))).mtimeMs}`))
}

const snapshots = async () => (await place.rows(['snapshots'], LATER)).map(({ snapshot }) => snapshot)

test('a dry run writes nothing, and says what would be done', async () => {
  const before = await listLake()
  const { code, stdout, stderr } = await place.run(['maintain', '--dry-run', '--verbose'], LATER)
  expect({ code, stderr: stderr.split('\n').slice(0, 3) }).toEqual({
    code: 0,
    stderr: ['would drop snapshots: photos 2026-01-19T01-00Z', 'would drop snapshots: photos 2026-01-18T01-00Z', ''],
  })
  expect(stdout.split('\n').map(line => line.replace(/[\d.]+ k?B/, 'SIZE').replace(/ +/g, ' '))).toEqual([
    'would of count what size detail',
    'would drop snapshots photos 2 snapshots SIZE 2026-01-18T01-00Z, 2026-01-19T01-00Z',
    expect.stringMatching(/^would merge audit \d+ records/),
    '',
  ])
  expect(await listLake()).toEqual(before)
})

test('rows for scripts are of every step, also of those without anything to do', async () => {
  const rows = await place.rows(['maintain', '--dry-run'], LATER)
  expect(rows[0]).toMatchObject({
    ...{ step: 'drop snapshots', subject: 'photos', count: 2, unit: 'snapshots', dry_run: true },
    names: ['2026-01-19T01-00Z', '2026-01-18T01-00Z'],
  })
  expect(rows.filter(({ count }) => count === 0).map(({ step }) => step)).toContain('prune jobs')
})

test.each([
  [['--relocate'], 2, 'an option that this version has not'],
  [['--lake', './none'], 3, 'no lake there'],
])('maintain %s is refused', async (flags, code, message) => {
  const answer = await place.run(['maintain', ...flags], LATER)
  expect(answer).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) })
})

test('where no stocktake.yaml says what to keep, every snapshot stays', async () => {
  const world = { ...LATER, cwd: tmpdir() }
  const rows = await place.rows(['maintain', '--dry-run', '--lake', join(place.folder, 'lake')], world)
  expect(rows[0]).toMatchObject({ step: 'drop snapshots', count: 0, detail: 'all stay: nothing says what to keep' })
})

test('it drops what keep does not name, tells of it, and puts it into the audit', async () => {
  const { code, stdout } = await place.run(['maintain'], LATER)
  expect({ code, first: stdout.split('\n')[1] }).toEqual({
    code: 0,
    first: expect.stringMatching(
      /^drop snapshots +photos +2 {2}snapshots +[\d.]+ kB {2}2026-01-18T01-00Z, 2026-01-19T01-00Z$/,
    ),
  })
  expect(await snapshots()).toEqual(['2026-01-20T01-00Z', '2025-12-31T01-00Z'])
  const audit = await place.rows(
    ['query', "select action, objects, outcome, detail from audit where action = 'maintain'"],
    LATER,
  )
  expect(audit).toMatchObject([{ action: 'maintain', objects: 2, outcome: 'done' }])
  expect(JSON.parse(String(audit[0]?.detail)).dropped).toEqual(['photos 2026-01-19T01-00Z', 'photos 2026-01-18T01-00Z'])
  expect(await place.run(['maintain'], LATER)).toEqual({ code: 0, stdout: '', stderr: 'nothing to do\n' })
})

test('what it dropped is no longer a base, but its changes are still told', async () => {
  expect(await place.run(['diff', 'photos', '--summary'], LATER)).toEqual({
    ...{ code: 0, stderr: 'photos  2026-01-19T01-00Z → 2026-01-20T01-00Z\n' },
    stdout: '1 new (+1.0 kB), 1 deleted (-1.0 kB)\n',
  })
})
