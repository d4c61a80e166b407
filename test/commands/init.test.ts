import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { COMMANDS, run } from '../../src/cli.js'
import { loadConfig } from '../../src/config/config.js'
import { readTextFile } from '../../src/config/textFile.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { openLake } from '../../src/lake/lake.js'
import { TextSink } from '../output/textSink.js'

let cwd: string
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'stocktake-init-'))
})
afterEach(() => rm(cwd, { recursive: true, force: true }))

async function init(flags: string[] = [], env: Record<string, string> = {}) {
  const [stdout, stderr] = [new TextSink(), new TextSink()]
  const { signal } = new AbortController()
  const code = await run(['init', ...flags], COMMANDS, { stdout, stderr, cwd, env, now: () => new Date(0), signal })
  return { code, stdout: stdout.text, stderr: stderr.text.replaceAll(cwd, '…') }
}

const load = (config?: string) => loadConfig({ config }, { cwd, env: {}, readText: readTextFile })

test('it writes a file of defaults and makes the lake', async () => {
  expect(await init()).toEqual({
    code: 0,
    stdout: '',
    stderr: [
      'wrote …/stocktake.yaml',
      'made  the lake …/lake',
      'next: name a bucket under connectors in it, then `stocktake import <connector>`\n' +
        '   or: `stocktake serve`, and do both on its page\n',
    ].join('\n'),
  })
  expect(await load()).toEqual({
    ...(await loadConfig({ lake: 'lake' }, { cwd, env: {}, readText: async () => undefined })),
    file: join(cwd, 'stocktake.yaml'),
  })
  expect((await openLake(new FolderStore(join(cwd, 'lake')))).createdAt).toEqual(new Date(0))
})

test('a second time it keeps both', async () => {
  await init()
  const text = await readFile(join(cwd, 'stocktake.yaml'), 'utf8')
  const { id } = await openLake(new FolderStore(join(cwd, 'lake')))
  expect((await init()).stderr).toBe('kept  …/stocktake.yaml\nkept  the lake …/lake\n')
  expect(await readFile(join(cwd, 'stocktake.yaml'), 'utf8')).toBe(text)
  expect((await openLake(new FolderStore(join(cwd, 'lake')))).id).toBe(id)
})

test('the lake of a file that is there is the one it makes', async () => {
  await writeFile(join(cwd, 'stocktake.yaml'), 'lake: ./elsewhere\n')
  expect((await init()).stderr).toBe('kept  …/stocktake.yaml\nmade  the lake …/elsewhere\n')
})

test.each([
  [['--lake', 'data'], 'stocktake.yaml', './data', 'data'],
  [['--lake', './my lake'], 'stocktake.yaml', '"./my lake"', 'my lake'],
  [['--lake', 'data', '--config', 'sub/s.yaml'], 'sub/s.yaml', '../data', 'data'],
  [['--config', 'sub/s.yaml'], 'sub/s.yaml', './lake', 'sub/lake'],
])('with %j the file %s says lake: %s', async (flags, file, lake, folder) => {
  expect((await init(flags)).code).toBe(0)
  expect(await readFile(join(cwd, file), 'utf8')).toContain(`\nlake: ${lake}\n`)
  expect((await load(file)).lake).toBe(join(cwd, folder))
  await openLake(new FolderStore(join(cwd, folder)))
})

test('STOCKTAKE_CONFIG names the file, too', async () => {
  await init([], { STOCKTAKE_CONFIG: 'other.yaml' })
  expect((await load('other.yaml')).lake).toBe(join(cwd, 'lake'))
})

test('every connector of the template, uncommented, is a right one', async () => {
  await init()
  const path = join(cwd, 'stocktake.yaml')
  const text = await readFile(path, 'utf8')
  await writeFile(path, text.replace(/^# {2}/gm, '  ').replace(/^# ([a-z]+:)/gm, '$1'))
  const { connectors, aws } = await load()
  expect(connectors.map(({ name }) => name)).toEqual(['photos'])
  expect(aws.profile).toBe('lake')
})

test('in a folder below another configuration it makes one of its own', async () => {
  await init()
  await mkdir(join(cwd, 'below'))
  cwd = join(cwd, 'below')
  expect((await init()).stderr).toContain('wrote …/stocktake.yaml')
  cwd = join(cwd, '..')
})

test('a place that is no folder is refused', async () => {
  await writeFile(join(cwd, 'lake'), 'a file')
  expect((await init()).code).toBe(1)
})

test('a file with mistakes is refused, and no lake is made', async () => {
  await writeFile(join(cwd, 'stocktake.yaml'), 'lak: ./x\n')
  const { code, stderr } = await init()
  expect(code).toBe(2)
  expect(stderr).toBe('stocktake: stocktake.yaml:1:1: lak: unknown key; did you mean lake?\n')
})
