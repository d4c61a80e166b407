import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMMANDS, run } from '../../src/cli.js'
import { packageFolder } from '../../src/packageFolder.js'
import { describeWithOracles, duckdbProgram, pythonPath } from '../oracles/oracles.js'
import { TextSink } from '../output/textSink.js'
import { type Answer, openSmallLake, type SmallPlace } from './smallLake.js'

let lake: SmallPlace
beforeAll(async () => {
  lake = await openSmallLake()
})
afterAll(() => lake.remove())

describe('statements that are piped in', () => {
  async function pipe(input: string | Iterable<string>, ...args: string[]): Promise<Answer> {
    const [stdout, stderr] = [new TextSink(), new TextSink()]
    const world = { stdout, stderr, cwd: lake.folder, env: {}, now: () => new Date('2026-01-22T01:00:00Z') }
    const stdin = Readable.from(typeof input === 'string' ? [input] : input)
    const code = await run(['shell', ...args], COMMANDS, { ...world, stdin, signal: new AbortController().signal })
    return { code, stdout: stdout.text, stderr: stderr.text }
  }

  test('are run one after the other, in the format asked for', async () => {
    const input = `select count(*) as n -- all; of them
from snapshots; select ';' as semicolon;

select connector from snapshots
group by 1`
    expect(await pipe(input, '--format', 'csv')).toEqual({
      code: 0,
      stdout: 'n\n2\nsemicolon\n;\nconnector\nphotos\n',
      stderr: '',
    })
  })

  test('may come in any pieces, with the line ends of Windows', async () => {
    const answer = await pipe(
      ['sel', 'ect 1 a', 's n\r', '\nunion all select 2;\r\n', ' -- the end'],
      '--format',
      'jsonl',
    )
    expect(answer).toEqual({ code: 0, stdout: '{"n":1}\n{"n":2}\n', stderr: '' })
  })

  test('stop at the first that fails, with its exit code and line', async () => {
    const { code, stdout, stderr } = await pipe('select 1 as n;\n\nselect\n  nope;\nselect 2;\n', '--format', 'csv')
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'n\n1\n' })
    expect(stderr).toMatch(/^warning: stopped at the statement in line 3\nstocktake: query: Binder Error: .*nope/)
    expect(await pipe('drop view objects;')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('expected a SELECT'),
    })
    expect(await pipe("select 'open;")).toMatchObject({ code: 1, stderr: expect.stringContaining('unterminated') })
  })

  test('know the commands of the shell', async () => {
    const answer = await pipe('.format csv\nselect 1 as a;\n.mode jsonl\nselect 1 as a;\n.tables\n\\q\nselect 2;')
    expect(answer).toEqual({
      code: 0,
      stdout:
        'a\n1\n{"a":1}\nobjects\nfolders\nchanges\nsnapshots\nobjects_latest\nfolders_latest\nchanges_latest\nobjects_current\ngaps\ntasks\nmetrics\ncollections\nfile_info\naudit\n',
      stderr: '',
    })
    expect((await pipe('.help')).stdout).toContain('Ctrl-C      abandons the statement')
    expect(await pipe('.tabels')).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean .tables?') })
    expect(await pipe('.format xml')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('.format: expected one of table'),
    })
  })

  test('may be none', async () => {
    for (const input of ['', '\n', '-- nothing\n', ';;\n'])
      expect(await pipe(input)).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('see the lake as of a time', async () => {
    const answer = await pipe('select snapshot from snapshots', '--as-of', '2026-01-19', '--format', 'csv')
    expect(answer.stdout).toBe('snapshot\n2026-01-19T01-00Z\n')
    expect((await pipe('select 1', '--as-of', 'noon')).code).toBe(2)
    expect((await pipe('select 1', '--as-of', '2020-01-01')).code).toBe(3)
  })

  test('can not be written as arrow, of which a stream has one result', async () => {
    expect(await pipe('select 1', '--format', 'arrow')).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'stocktake: --format: expected one of table, json, jsonl, csv, markdown, got arrow; stocktake query writes one result as arrow\n',
    })
  })

  test('need a lake', async () => {
    expect(await pipe('select 1', '--lake', 'elsewhere')).toMatchObject({ code: 3, stdout: '' })
  })
})

// The command as it is installed, on a terminal that types: what `npm run build` made last.
describeWithOracles('on a terminal', () => {
  let home: string
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'stocktake-shell-'))
    await mkdir(join(home, 'bin'))
  })
  afterAll(() => rm(home, { recursive: true }))

  type Step = readonly [shown: string, typed: string, pauseSeconds?: number]

  /** @param path folders that programs are found in before node's */
  async function type(
    steps: readonly Step[],
    args: readonly string[],
    path = '',
  ): Promise<{ code: number; shown: string }> {
    const terminal = fileURLToPath(new URL('terminal.py', import.meta.url))
    const program = join(packageFolder(), 'dist', 'cli.js')
    const env = { HOME: home, TERM: path === '' ? 'xterm' : 'dumb', PATH: path } // DuckDB's then draws lines plainly
    return new Promise((resolve, reject) => {
      const child = execFile(
        pythonPath(),
        [terminal, process.execPath, program, 'shell', ...args],
        { cwd: lake.folder, env },
        (error, stdout) => (error ? reject(error) : resolve(JSON.parse(stdout))),
      )
      child.stdin?.end(JSON.stringify(steps))
    })
  }

  const CTRL_C = '\u0003'
  const CTRL_D = '\u0004'
  const UP = '\u001b[A'

  test('a statement may have several lines, an error or Ctrl-C ends none but it, and Ctrl-D ends all', async () => {
    const { code, shown } = await type(
      [
        ['lake> ', 'select count(*) * 100 as n\r'],
        ['-> ', 'from snapshots;\r'],
        ['200', 'select nope;\r'],
        ['LINE 1', ''],
        ['lake> ', 'select the wrong thing'],
        ['thing', CTRL_C],
        ['^C', 'select 7 * 11 as m;\r'],
        ['77', 'select count(*) from range(100000000000) a, range(1000) b;\r'],
        ['b;', CTRL_C, 1],
        ['abandoned', 'select 8 * 11 as m;\r'],
        ['88', CTRL_D],
      ],
      ['--own'],
    )
    expect(code).toBe(0)
    expect(shown).toContain('lake: photos 2026-01-20T01-00Z')
    expect(shown).not.toContain('unexpected')
  })

  test('what was typed comes back in the next shell, a statement as a whole', async () => {
    await rm(join(home, '.stocktake_history'), { force: true })
    await type(
      [
        ['lake> ', "select 'first' ||\r"],
        ['-> ', "'second' as t;\r"],
        ['firstsecond', '\\q\r'],
      ],
      ['--own'],
    )
    expect(await readFile(join(home, '.stocktake_history'), 'utf8')).toBe("select 'first' || 'second' as t;\n\\q\n")
    const { shown } = await type(
      [
        ['lake> ', `${UP}${UP}\r`],
        ['firstsecond', '.quit\r'],
      ],
      ['--own'],
    )
    expect(shown).toContain('1 row')
  })

  test("DuckDB's own command is run where it is installed, with the views; Ctrl-C is its alone", async () => {
    await rm(join(home, 'bin', 'duckdb'), { force: true })
    await symlink(duckdbProgram(), join(home, 'bin', 'duckdb'))
    const { code, shown } = await type(
      [
        [' D ', 'select count(*) * 100 as n from objects_latest;\r', 0.3],
        ['700', ''],
        [' D ', CTRL_C, 0.3],
        ['', CTRL_C, 0.3],
        ['', 'select count(*) from range(100000000000) a, range(1000) b;\r', 0.3],
        ['b;', CTRL_C, 1.5],
        [' D ', 'select 7 * 11 as m;\r', 0.3],
        ['77', '.quit\r', 0.3],
      ],
      [],
      join(home, 'bin'),
    )
    expect(shown).toContain(`DuckDB v1.5.5: ${join(home, 'bin', 'duckdb')}; a statement ends with ;`)
    expect(code).toBe(0)
  })

  test("one that can't make the views is told of, and Stocktake's own prompt comes instead", async () => {
    const path = join(home, 'bin', 'duckdb')
    await rm(path, { force: true })
    await writeFile(path, '#!/bin/sh\necho too old >&2\nexit 1\n')
    await chmod(path, 0o755)
    const { code, shown } = await type([['lake> ', '.quit\r']], [], `${join(home, 'bin')}:/usr/bin:/bin`)
    expect(code).toBe(0)
    expect(shown).toContain(`${path} can't make the views: too old`)
  })
})
