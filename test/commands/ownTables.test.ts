import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { COMMANDS, run } from '../../src/cli.js'
import { packageFolder } from '../../src/packageFolder.js'
import { TextSink } from '../output/textSink.js'
import { readExamples, readShownFiles, splitWords } from './docExamples.js'

const page = join(packageFolder(), 'docs', 'own-tables.md')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stocktake-own-tables-'))
  for (const { name, text } of await readShownFiles(page)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
})
afterAll(() => rm(folder, { recursive: true }))

async function stocktake(...args: string[]) {
  const [stdout, stderr] = [new TextSink(), new TextSink()]
  const now = () => new Date('2026-01-20T09:00:00Z')
  const code = await run(args, COMMANDS, {
    ...{ stdout, stderr, cwd: folder, env: {}, now },
    signal: new AbortController().signal,
  })
  return { code, stdout: stdout.text, output: stderr.text + stdout.text }
}

test('docs/own-tables.md goes from nothing to a rollback as it shows', async () => {
  const examples = await readExamples(page)
  expect(examples.length).toBeGreaterThan(7)
  for (const { command, shown } of examples) {
    const [, ...args] = splitWords(command)
    const { code, output } = await stocktake(...args)
    expect(code, `${command}\n${output}`).toBe(0)
    expect(shown.test(output), `${command}\n${output}`).toBe(true)
  }
})

test('the table and the query that docs/own-tables.md shows can be made and asked', async () => {
  const rows = [
    { id: 1, seller: 'ann', asked_usd: 10.5, listed_at: '2025-05-01', colors: [0, 0.5, 1] },
    { id: 2, seller: 'ann', asked_usd: 20, listed_at: '2026-05-01' },
    { id: 3, seller: 'bob', listed_at: '2026-06-01' },
  ]
  await writeFile(join(folder, 'listings.jsonl'), rows.map(row => JSON.stringify(row)).join('\n'))
  for (const args of [['create'], ['insert', 'listings', 'listings.jsonl', '--strict']]) {
    const { code, output } = await stocktake('tables', ...args)
    expect({ args, code }, output).toEqual({ args, code: args[0] === 'create' ? 1 : 0 }) // sales_history was evolved
  }
  const { stdout } = await stocktake('tables', 'query', 'by_seller', '--param', 'from_year=2026', '--format', 'csv')
  expect(stdout.trim().split(/\r?\n/)).toEqual(['seller,listing_count,asked_usd', 'ann,1,20', 'bob,1,'])
})
