import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { COMMANDS, run } from '../../src/cli.js'
import { packageFolder } from '../../src/packageFolder.js'
import { describeWithOracles, duckdbExtension } from '../oracles/oracles.js'
import { TextSink } from '../output/textSink.js'
import { startMiniStack } from '../services/miniStack.js'
import type { S3Service } from '../services/s3Service.js'
import { stubCredentials } from '../services/stubCredentials.js'
import { type DocExample, readExamples, readShownFiles, splitWords } from './docExamples.js'

const page = join(packageFolder(), 'docs', 'own-tables.md')

describeWithOracles('docs/own-tables.md on S3', () => {
  let service: S3Service
  let folder: string
  beforeAll(async () => {
    service = await startMiniStack()
    stubCredentials(service)
    folder = await mkdtemp(join(tmpdir(), 'stocktake-own-tables-s3-'))
    const [sales] = (await readShownFiles(page)).filter(({ name }) => name === 'sales.jsonl')
    await writeFile(join(folder, 'sales.jsonl'), sales?.text ?? '')
    const bucket = `acme-${randomBytes(6).toString('hex')}`
    await writeFile(
      join(folder, 'stocktake.yaml'),
      `lake: s3://${bucket}/stocktake
aws: { region: eu-west-1, endpoint: '${service.endpoint}', path_style: true }
engine: { extensions: ${dirname(duckdbExtension('httpfs'))} }
`,
    )
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await rm(folder, { recursive: true, force: true })
    await service?.stop()
  })

  async function stocktake(...args: string[]) {
    const [stdout, stderr] = [new TextSink(), new TextSink()]
    const world = { stdout, stderr, cwd: folder, env: {}, now: () => new Date('2026-01-20T09:00:00Z') }
    const code = await run(args, COMMANDS, { ...world, signal: new AbortController().signal })
    return { code, stdout: stdout.text, output: stderr.text + stdout.text }
  }

  /** Where the bucket isn't there yet, the first command has one option and two lines more. */
  const onS3 = ({ command, shown }: DocExample): DocExample =>
    command.startsWith('stocktake tables create')
      ? { command: `${command} --create-bucket`, shown: new RegExp(shown.source.replace('^', '^ok .*\\nok .*\\n')) }
      : { command, shown }

  test('goes from nothing to a rollback as it shows for a folder', async () => {
    const examples = (await readExamples(page)).map(onS3)
    expect(examples.length).toBeGreaterThan(7)
    for (const { command, shown } of examples) {
      const [, ...args] = splitWords(command)
      const { code, output } = await stocktake(...args)
      expect(code, `${command}\n${output}`).toBe(0)
      expect(shown.test(output), `${command}\n${output}`).toBe(true)
    }
  })

  test('then it is looked at, as it costs and as it was, and dropped', async () => {
    const rowsOf = async (...args: string[]) =>
      JSON.parse((await stocktake('tables', ...args, '--format', 'json')).stdout)
    const [rolledBack, current] = await rowsOf('history', 'sales_history')
    expect([rolledBack, current]).toMatchObject([
      { batch: '2026-01', row_count: 1002, is_ancestor: false },
      { row_count: 1000, is_current: true },
    ])
    const then = await rowsOf('query', 'condition_impact', '--as-of', String(rolledBack.snapshot))
    expect(then.reduce((sum: number, { sale_count }: { sale_count: number }) => sum + sale_count, 0)).toBe(1002)
    const checks: { status: string; check: string; found: string }[] = await rowsOf(
      ...['verify', 'sales_history', '--queries', '1000000'],
    )
    const faults = checks.filter(({ status }) => status !== 'ok').map(({ check, found }) => `${check}: ${found}`)
    expect(faults).toEqual([
      'columns: column color: declared none, found string', // its file is as it was
      'partition: partition: declared year, month, found tenant_id, year, month',
    ])
    const found = (name: string) => checks.find(({ check }) => check === name)?.found
    expect(found('storage')).toMatch(/^[\d.]+ MB in \d+ files; of these 25 data files of the present state, [\d.]+ MB$/)
    expect(found('cost')).toMatch(/^47\.68 USD a month .* 1,000,000 queries that read [\d.]+ [kM]B each 47\.68 USD;/)
    expect((await stocktake('tables', 'drop', 'sales_history', '--yes')).output).toMatch(
      /^dropped .*: 1,000 rows and all/,
    )
  })
})
