import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { COMMANDS, run } from '../../src/cli.js'
import type { World } from '../../src/commands/globals.js'
import { packageFolder } from '../../src/packageFolder.js'
import { TextSink } from '../output/textSink.js'
import { followExamples, readExamples, splitWords } from './docExamples.js'
import { PAGES_OF_DEMO } from './docPages.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stocktake-demo-'))
})
afterAll(() => rm(folder, { recursive: true }))

const stocktake = (cwd: string, ...args: string[]) => stocktakeWith({}, cwd, ...args)

async function stocktakeWith(more: Partial<World>, cwd: string, ...args: string[]) {
  const [stdout, stderr] = [new TextSink(), new TextSink()]
  const now = () => new Date('2026-01-20T09:00:00Z')
  const env = { PATH: process.env.PATH } // what tasks run is found by it
  const world = { stdout, stderr, cwd, env, now, signal: new AbortController().signal }
  const code = await run(args, COMMANDS, { ...world, ...more })
  return { code, stdout: stdout.text, stderr: stderr.text }
}

test('the demo imports two reports, shows a tour, and every command that it names works', async () => {
  const first = await stocktake(folder, 'demo')
  expect({ code: first.code, stderr: first.stderr }).toEqual({ code: 0, stderr: '' })
  const [made, ...lines] = first.stdout.split('\n')
  expect(made).toBe('made     2 daily reports of demo-bucket (201,812 and 203,387 objects; CSV, versions)')
  const figures = / {3}[\d.]+ m?s {3}[\d.]+ [MG]B memory/
  expect(lines.slice(0, 9).map(line => line.replace(figures, '   TIME'))).toEqual([
    'imported 2026-01-19T01-00Z   203,120 rows   33.4 GB   TIME',
    'imported 2026-01-20T01-00Z   205,118 rows   34.2 GB   TIME   +2,300 new  ~402 modified  -725 deleted',
    '',
    'demo-bucket on 2026-01-20, the five largest folders',
    '  photos/  21.7 GB  ██████████████████   26,197 objects  +787 MB since yesterday',
    '  market/   9.9 GB  ████████              3,903           +20 MB',
    '  logs/     2.6 GB  ██                  169,771          +9.7 MB',
    '  sports/   7.6 MB                        3,435           -50 kB                  31 files vanished from sports/box_scores/2025-26/',
    '  backup/   4.6 MB                           24          -2.6 MB                  6.2 GB in old versions',
  ])

  const next = lines.slice(lines.indexOf('next') + 1)
  expect(next[0]).toBe('  cd stocktake-demo')
  const commands = next.filter(line => line.startsWith('  stocktake ')).map(line => line.trim().split(/ {2,}/)[0] ?? '')
  expect(commands).toHaveLength(9)
  expect(commands.pop()).toBe('stocktake serve') // which goes on until it is stopped
  for (const command of commands) {
    let answer = { code: 0, stdout: '', stderr: '' }
    for (const part of command.split(' | ')) {
      const [, ...args] = splitWords(part)
      const stdin = Readable.from([answer.stdout])
      answer = await stocktakeWith({ stdin }, join(folder, 'stocktake-demo'), ...args)
      expect(answer.code, answer.stderr).toBe(0)
    }
    expect((answer.stdout + answer.stderr).length, command).toBeGreaterThan(20)
  }

  const second = await stocktake(folder, 'demo')
  const known = first.stdout.replace(new RegExp(figures, 'g'), '   already imported')
  expect(second).toEqual({ code: 0, stderr: '', stdout: known })
})

test('every query of docs/cookbook.md can be asked', async () => {
  const page = await readFile(join(packageFolder(), 'docs', 'cookbook.md'), 'utf8')
  const queries = [...page.matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(([, sql = '']) => sql)
  expect(queries.length).toBeGreaterThan(20)
  const script = queries.map((sql, i) => `${sql};\nselect 'asked ${i}';\n`).join('')
  const cwd = join(folder, 'stocktake-demo')
  const { code, stdout, stderr } = await stocktakeWith(
    { stdin: Readable.from([script]) },
    cwd,
    'shell',
    '--format',
    'csv',
  )
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain(`asked ${queries.length - 1}`)
})

test.each(PAGES_OF_DEMO)('every example of %s is what the command writes', async page => {
  const cwd = join(folder, page.replace(/\W/g, '-'))
  const [demo, bucket] = [join(folder, 'stocktake-demo'), 'demo-bucket']
  // Some of them change the lake; of the bucket's thousands of files nothing.
  await cp(demo, cwd, { recursive: true, filter: path => path !== join(demo, bucket) })
  await symlink(join(demo, bucket), join(cwd, bucket))
  const examples = await readExamples(join(packageFolder(), page))
  expect(examples.length).toBeGreaterThan(0)
  await followExamples(examples, async (...args) => {
    const { code, stdout, stderr } = await stocktake(cwd, ...args)
    return { code, output: stderr + stdout }
  })
  await rm(cwd, { recursive: true })
})

test('every example of docs/commands.md is what the command writes', async () => {
  const cwd = join(folder, 'stocktake-demo')
  const examples = await readExamples(join(packageFolder(), 'docs', 'commands.md'))
  expect(examples.length).toBeGreaterThan(9)
  for (const { command, shown } of examples) {
    const [, ...args] = splitWords(command)
    const answer = await stocktake(args[0] === 'demo' ? folder : cwd, ...args)
    expect(answer.code, `${command}\n${answer.stderr}`).toBe(0)
    const output = answer.stderr + answer.stdout
    expect(shown.test(output), `${command}\n${output.slice(0, 1000)}`).toBe(true)
  }
})
