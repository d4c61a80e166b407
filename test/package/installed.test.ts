import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packageFolder, packageVersion } from '../../src/packageFolder.js'
import { openCommandFolder } from '../commands/commandFolder.js'
import { findFreePort, startService } from '../services/childService.js'

// What `npm pack` makes of the last build, installed in a folder of its own, as a person does who has no clone.
let folder: string
let packed: { filename: string; files: { path: string }[]; size: number }
let program: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stocktake-package-'))
  packed = await pack(folder)
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n')
  await npm(folder, 'install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, packed.filename))
  program = join(folder, 'node_modules', '.bin', 'stocktake')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** npm tells what it packed as a list or, by newer versions, by the package's name. */
async function pack(into: string): Promise<typeof packed> {
  const answer = await npm(packageFolder(), 'pack', '--ignore-scripts', '--json', '--pack-destination', into)
  return Object.values(JSON.parse(answer) as Record<string, typeof packed>)[0] as typeof packed
}

async function npm(cwd: string, ...args: string[]): Promise<string> {
  // Of the npm that runs these tests nothing is passed on: it would have this one work in the clone.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')))
  return (await promisify(execFile)('npm', args, { cwd, env })).stdout
}

/** @returns what it writes to stdout */
async function stocktake(cwd: string, args: string[], stdin?: string): Promise<string> {
  const child = spawn(program, args, { cwd, stdio: 'pipe' })
  child.stdin.end(stdin)
  const output = Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await once(child, 'close')
  const [out, told] = await output
  if (code !== 0) throw new Error(`stocktake ${args.join(' ')}: exit code ${code}\n${told}`)
  return out
}

test('what is packed is what is needed: no sources, no tests, no maps', () => {
  const paths = packed.files.map(({ path }) => path)
  const expected =
    /^(package\.json|LICENSE|README\.md|CHANGELOG\.md|dist\/THIRD_PARTY_NOTICES|dist\/ui\/index\.html|(dist|sql|config|deploy|docs)\/.+)$/
  expect(paths.filter(path => !expected.test(path))).toEqual([])
  expect(paths.filter(path => /\.(tsx?|map|tsbuildinfo)$|_test\.yml$|^test\//.test(path))).toEqual([])
  for (const path of ['dist/cli.js', 'sql/folders.sql', 'config/stocktake.schema.json', 'deploy/Dockerfile'])
    expect(paths).toContain(path)
})

test('it tells its version, and of its commands what the sources say', async () => {
  expect(await stocktake(folder, ['--version'])).toBe(`${packageVersion()}\n`)
  const place = await openCommandFolder()
  for (const args of [['--help'], ['import', '--help'], ['tables', '--help']])
    expect(await stocktake(folder, args)).toBe((await place.run(args)).stdout)
  await place.remove()
})

describe('with the demo', () => {
  let demo: string
  beforeAll(async () => {
    demo = join(folder, 'stocktake-demo')
    expect(await stocktake(folder, ['demo'])).toContain('demo-bucket on 2026-01-20')
  })

  const rows = async (sql: string) => JSON.parse(await stocktake(demo, ['query', '--format', 'json', sql]))

  test('it asks the lake, and draws a report', async () => {
    expect(await rows('select max(object_count) as objects from snapshots')).toEqual([{ objects: 203_387 }])
    await stocktake(demo, ['report', '--html', 'report.html'])
    expect(await readFile(join(demo, 'report.html'), 'utf8')).toContain('demo-bucket')
  })

  test('it serves the page with all that this loads, and answers SQL in a process of its own', async () => {
    const url = `http://127.0.0.1:${await findFreePort()}`
    const ask = (path: string, init?: RequestInit) => fetch(`${url}${path}`, init)
    const command = [program, 'serve', '--port', new URL(url).port]
    const server = await startService(command, { env: {}, cwd: demo, startMs: 60_000 }, async () => (await ask('/')).ok)
    try {
      const page = await (await ask('/sql')).text()
      const assets = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path as string)
      expect(assets.length).toBeGreaterThan(1)
      for (const path of assets) expect((await ask(path)).status, path).toBe(200)
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify({ sql: 'select count(*) as objects from objects_latest' })
      expect(await (await ask('/api/query', { method: 'POST', headers, body })).json()).toMatchObject({
        rows: [[205_118]],
      })
    } finally {
      await server.stop()
    }
  })

  test('records of a stream become rows', async () => {
    const lines = await stocktake(demo, ['streams', 'replay', '--stdout', '--trades', '200'])
    await stocktake(demo, ['streams', 'ingest', 'coinbase', '--stdin'], lines)
    await stocktake(demo, ['streams', 'etl', 'coinbase', '--once'])
    expect(await rows('select count(*) as trades from coinbase.market_trades')).toEqual([{ trades: 200 }])
  })
})
