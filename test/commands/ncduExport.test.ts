import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithNcdu, ncduProgram } from '../services/ncdu.js'
import { openSmallLake, type SmallPlace } from './smallLake.js'

let lake: SmallPlace
beforeAll(async () => {
  lake = await openSmallLake()
})
afterAll(() => lake.remove())

const info = (name: string, size: number) => ({ name, asize: size, dsize: size })
const CURRENT = [
  { name: 's3://photo-bucket/' },
  [{ name: '2025' }, info('a b.jpg', 2_000_000), [{ name: 'raw' }, info('b.cr3', 9_000_000)]],
  [{ name: '2026' }, info('c.jpg', 1_000_000), info('d.jpg', 4_000_000)],
  info('readme.txt', 120),
]

/** Without what no object has. */
const bare = (text: string): unknown =>
  JSON.parse(text, (key, value) => (['mtime', 'uid', 'gid', 'mode'].includes(key) ? undefined : value))[3]

test('every current object is written, in folders; old versions and deleted ones are not', async () => {
  const { code, stdout, stderr } = await lake.run('folders', 'photos', '--format', 'ncdu')
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'photos 2026-01-20T01-00Z: 5 objects for ncdu -f\n' })
  expect(bare(stdout)).toEqual(CURRENT)
})

test('of one folder, and of an older snapshot', async () => {
  const { stdout } = await lake.run('folders', 'photos', '2025', '--at', '2026-01-19', '--format', 'ncdu', '--quiet')
  expect(bare(stdout)).toEqual([
    { name: 's3://photo-bucket/2025/' },
    info('a b.jpg', 2_000_000),
    info('b.jpg', 3_000_000),
    [{ name: 'raw' }, info('b.cr3', 9_000_000)],
  ])
})

test('--sql prints what would be asked, and a folder that is not there is none', async () => {
  expect((await lake.run('folders', 'photos', '--format', 'ncdu', '--sql')).stdout).toContain('select')
  expect(await lake.run('folders', 'photos', '2027', '--format', 'ncdu')).toMatchObject({
    code: 3,
    stdout: '',
    stderr: expect.stringContaining('no such folder'),
  })
})

describeWithNcdu('ncdu', () => {
  test('opens it, and has the same sizes in the same folders', async () => {
    const { stdout } = await lake.run('folders', 'photos', '--format', 'ncdu')
    const { path, env } = ncduProgram()
    await writeFile(join(lake.folder, 'in.json'), stdout)
    const args = ['-0', '-e', '-f', 'in.json', '-o', 'out.json']
    await promisify(execFile)(path, args, { cwd: lake.folder, env: { ...env, TERM: 'dumb' } })
    expect(bare(await readFile(join(lake.folder, 'out.json'), 'utf8'))).toEqual(CURRENT)
  })
})
