import { access, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { formatBytes } from '../../src/output/quantities.js'
import { MOST_OUTPUT_BYTES, runTask, type TaskCommand } from '../../src/reconcile/runTask.js'
import { keepOutput } from '../../src/reconcile/taskOutput.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stocktake-task-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Hangs alone end a test late; none of them waits for that long. */
const NEVER_MS = 120_000

async function node(script: string, args: readonly string[] = []): Promise<TaskCommand['command']> {
  const path = join(folder, 'script.mjs')
  await writeFile(path, script)
  return [process.execPath, path, ...args]
}

const run = (
  command: TaskCommand['command'],
  options: Partial<TaskCommand> = {},
  signal = new AbortController().signal,
) => runTask({ command, cwd: folder, env: {}, timeoutMs: NEVER_MS, graceMs: NEVER_MS, ...options }, { signal })

const textOf = (output: Uint8Array): string => new TextDecoder().decode(output)

/** A process is there as long as it isn't ended and waited for; a zombie is not. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !/\) [ZX] /.test(stat)
}

async function pidIn(name: string): Promise<number> {
  for (;;) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '')
    if (text.endsWith('\n')) return Number(text)
    await sleep(10)
  }
}

async function expectGone(pid: number): Promise<void> {
  while (await isAlive(pid)) await sleep(10)
}

const SAY_PID = (name: string) =>
  `import { writeFileSync as write } from 'node:fs'; write(${JSON.stringify(name)}, process.pid + '\\n');`

/** A program that starts another of its group, and what both do then. */
const PARENT = (child: string, then: string) => `
  import { spawn } from 'node:child_process'
  spawn(process.execPath, ['--input-type=module', '--eval', ${JSON.stringify(child)}], { stdio: 'inherit' })
  ${then}`
const HANG = 'setInterval(() => {}, 1000);'
const DEAF = "process.on('SIGTERM', () => {});"

describe('how a command ends', () => {
  test.each([
    ['', { kind: 'ran', outcome: 'exit code 0', exitCode: 0 }],
    ['process.exit(3)', { kind: 'failed', outcome: 'exit code 3', exitCode: 3 }],
    ['throw new Error("x")', { kind: 'failed', outcome: 'exit code 1', exitCode: 1 }],
    ['process.kill(process.pid, "SIGKILL")', { kind: 'failed', outcome: 'ended by SIGKILL', exitCode: null }],
    ['process.stdin.on("data", () => {}).on("end", () => process.exit(9))', { outcome: 'exit code 9' }], // no input
  ])('%s', async (script, end) =>
    expect(await run(await node(script))).toMatchObject({ ...end, isStarted: true, isTransient: true }),
  )

  test('a program that is not there', async () =>
    expect(await run(['stocktake-no-such-program'], { env: { PATH: '/usr/bin:/bin' } })).toEqual({
      kind: 'failed',
      outcome: 'not started: stocktake-no-such-program: no such program',
      exitCode: null,
      isStarted: false,
      isTransient: false,
      output: new Uint8Array(),
    }))

  test('a program that may not be run', async () => {
    await writeFile(join(folder, 'script.sh'), '#!/bin/sh\n')
    const refused = { outcome: 'not started: ./script.sh: not a program that may be run', isStarted: false }
    expect(await run(['./script.sh'])).toMatchObject(refused)
    await chmod(join(folder, 'script.sh'), 0o755)
    expect(await run(['./script.sh'], { env: { PATH: '/usr/bin:/bin' } })).toMatchObject({ kind: 'ran' })
  })

  test('a folder that is not there', async () =>
    expect(await run([process.execPath], { cwd: join(folder, 'none') })).toMatchObject({
      outcome: `not started: no folder ${join(folder, 'none')} to run in`,
      isStarted: false,
      isTransient: false,
    }))

  test.each([
    ['a NUL', 'a\0b', /null bytes/],
    ['more than the system takes', 'x'.repeat(3_000_000), /too many or too long arguments/],
  ])('an argument of %s', async (_, arg, why) =>
    expect(await run([process.execPath, '-e', '', arg])).toMatchObject({
      kind: 'failed',
      isStarted: false,
      outcome: expect.stringMatching(why),
    }),
  )
})

test.each([
  '$(rm -rf x)',
  '`touch hacked`',
  '; ls > hacked',
  '| touch hacked',
  '&& touch hacked',
  '> hacked',
  'two\nlines\r\n',
  '-rf',
  '--help',
  '"quoted" \'and\' \\more\\',
  '%PATH% $PATH ~ * ?',
  '',
  ' ',
  '€ 😀 é',
  '\u0001\u001b[31m',
])('the argument %j reaches the program as it is', async value => {
  const script = `import { writeFileSync } from 'node:fs'; writeFileSync('args', JSON.stringify(process.argv.slice(2)))`
  expect(await run(await node(script, ['first', value, 'last']))).toMatchObject({ kind: 'ran' })
  expect(JSON.parse(await readFile(join(folder, 'args'), 'utf8'))).toEqual(['first', value, 'last'])
  await expect(access(join(folder, 'hacked'))).rejects.toThrow('ENOENT')
})

test('the environment is what is given, and nothing else; it runs in its folder', async () => {
  await mkdir(join(folder, 'inner'))
  const script = 'console.log(JSON.stringify({ env: process.env, cwd: process.cwd() }))'
  const { output } = await run(await node(script), { env: { A: '1; ls' }, cwd: join(folder, 'inner') })
  expect(JSON.parse(textOf(output))).toEqual({ env: { A: '1; ls' }, cwd: expect.stringMatching(/inner$/) })
})

describe('its output', () => {
  test('is what it wrote to both streams', async () => {
    const { output } = await run(await node('console.log("to stdout"); console.error("to stderr")'))
    expect(textOf(output).split('\n').sort()).toEqual(['', 'to stderr', 'to stdout'])
  })

  test('of 100 MB is kept from both ends', async () => {
    const script = `
      const line = 'x'.repeat(999) + '\\n'
      process.stdout.write('first\\n')
      for (let i = 0; i < 100; i++) await new Promise(next => process.stdout.write(line.repeat(1000), next))
      process.stdout.write('last\\n')`
    const { kind, output } = await run(await node(script))
    expect(kind).toBe('ran')
    expect(output.length).toBeLessThan(MOST_OUTPUT_BYTES + 100)
    expect(output.length).toBeGreaterThan(MOST_OUTPUT_BYTES - 100)
    expect(textOf(output)).toMatch(/^first\nx/)
    expect(textOf(output)).toMatch(/x\nlast\n$/)
    expect(textOf(output)).toContain('\n… 99 MB left out …\n')
  })

  test.each([
    [10, [], ''],
    [10, ['abc', 'def'], 'abcdef'],
    [10, ['abcdefghij'], 'abcdefghij'],
    [10, ['abcdefghijk'], 'abcde\n… 1 B left out …\nghijk'],
    [10, [...'abcdefghijklmno'], 'abcde\n… 5 B left out …\nklmno'],
    [4, ['abc', 'def', 'ghi'], 'ab\n… 5 B left out …\nhi'],
  ])('of %i bytes at most of %j is %j', (most, chunks, kept) => {
    const output = keepOutput(most)
    for (const chunk of chunks) output.add(new TextEncoder().encode(chunk))
    expect(textOf(output.bytes())).toBe(kept)
  })
})

describe('output that is kept', () => {
  const MOST = 20

  /** All of a text, or its ends. */
  const ends = (text: string): string =>
    text.length <= MOST
      ? text
      : `${text.slice(0, MOST / 2)}\n… ${formatBytes(text.length - MOST)} left out …\n${text.slice(-MOST / 2)}`

  test('is the same in whatever pieces it comes', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme-ascii', maxLength: 60 })), pieces => {
        const output = keepOutput(MOST)
        for (const piece of pieces) output.add(new TextEncoder().encode(piece))
        expect(textOf(output.bytes())).toBe(ends(pieces.join('')))
      }),
    )
  })

  test('of a program that writes byte by byte costs no more', () => {
    const output = keepOutput(MOST_OUTPUT_BYTES)
    for (let i = 0; i < 3 * MOST_OUTPUT_BYTES; i++) output.add(Buffer.of(i < MOST_OUTPUT_BYTES ? 97 : 98))
    expect(textOf(output.bytes())).toBe(`${'a'.repeat(500_000)}\n… 2.0 MB left out …\n${'b'.repeat(500_000)}`)
  })
})

describe('a command whose time is over', () => {
  test('is ended with all that it started', async () => {
    const child = `${SAY_PID('child')} ${HANG}`
    const script = PARENT(PARENT(child, HANG), HANG)
    const ending = run(await node(script), { timeoutMs: 6_000 })
    const grandchild = await pidIn('child')
    expect(await ending).toMatchObject({ kind: 'failed', outcome: 'not over after 6 s', isStarted: true })
    await expectGone(grandchild)
  })

  test('is killed when it does not hear', async () => {
    const script = PARENT(`${DEAF} ${SAY_PID('child')} ${HANG}`, `${DEAF} ${HANG}`)
    const ending = run(await node(script), { timeoutMs: 6_000, graceMs: 200 })
    const child = await pidIn('child')
    expect(await ending).toMatchObject({ kind: 'failed', outcome: 'not over after 6 s', exitCode: null })
    await expectGone(child)
  })

  test('may tidy up first', async () => {
    const script = `
      import { writeFileSync } from 'node:fs'
      process.on('SIGTERM', () => setTimeout(() => { writeFileSync('tidied', ''); process.exit(0) }, 100))
      ${HANG}`
    expect(await run(await node(script), { timeoutMs: 4_000 })).toMatchObject({ kind: 'failed', exitCode: 0 })
    await access(join(folder, 'tidied'))
  })
})

describe('a raised signal', () => {
  test('ends a command and all that it started', async () => {
    const stopping = new AbortController()
    const script = PARENT(`${SAY_PID('child')} ${HANG}`, `${SAY_PID('parent')} ${HANG}`)
    const ending = run(await node(script), {}, stopping.signal)
    const pids = [await pidIn('child'), await pidIn('parent')]
    stopping.abort()
    expect(await ending).toMatchObject({ kind: 'stopped', outcome: 'stopped', isStarted: true })
    for (const pid of pids) await expectGone(pid)
  })

  test('kills one that does not hear', async () => {
    const stopping = new AbortController()
    const ending = run(await node(`${DEAF} ${SAY_PID('pid')} ${HANG}`), { graceMs: 100 }, stopping.signal)
    const pid = await pidIn('pid')
    stopping.abort()
    expect(await ending).toMatchObject({ kind: 'stopped', exitCode: null })
    await expectGone(pid)
  })

  test('that was there before starts nothing', async () => {
    const end = await run(await node('import "node:fs"'), {}, AbortSignal.abort())
    expect(end).toMatchObject({ kind: 'stopped', isStarted: false })
  })
})

describe('what a command leaves behind', () => {
  test('is killed when it is over', async () => {
    const script = PARENT(
      `${DEAF} ${SAY_PID('child')} ${HANG}`,
      `import { existsSync } from 'node:fs'; setInterval(() => existsSync('child') && process.exit(0), 10)`,
    )
    expect(await run(await node(script))).toMatchObject({ kind: 'ran' })
    await expectGone(await pidIn('child'))
  })

  test('is not waited for when it is in a group of its own', async () => {
    const child = `${SAY_PID('child')} ${HANG}`
    const script = `
      import { spawn } from 'node:child_process'
      import { existsSync } from 'node:fs'
      spawn(process.execPath, ['--input-type=module', '--eval', ${JSON.stringify(child)}], { stdio: 'inherit', detached: true })
      setInterval(() => existsSync('child') && process.exit(0), 10)`
    expect(await run(await node(script))).toMatchObject({ kind: 'ran' })
    process.kill(await pidIn('child'), 'SIGKILL')
  })
})
