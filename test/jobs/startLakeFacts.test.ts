import { ChildProcess, spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { formatLakeFacts } from '../../src/jobs/lakeFacts.js'
import { startLakeFacts } from '../../src/jobs/startLakeFacts.js'
import { FULL } from './exampleFacts.js'

const signal = new AbortController().signal

/** Has a child of Node run some code instead. */
const startNode = (code: string, { timeoutMs = 60_000, signal: stop = signal } = {}) =>
  startLakeFacts(
    { timeoutMs },
    { spawn: () => spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'pipe'] }), signal: stop },
  )

const SAY_FULL = `process.stdout.write(${JSON.stringify(formatLakeFacts(FULL))})`

test('it is what the child says', async () => {
  expect(await startNode(SAY_FULL)).toEqual(FULL)
})

test.each([
  ['fails', 'console.error("stocktake: ./lake: no lake here"); process.exit(3)', './lake: no lake here'],
  ['fails without a word', 'process.exit(7)', 'exit 7'],
  ['is killed', 'process.kill(process.pid, "SIGKILL")', 'exit SIGKILL'],
  ['says nothing', '', 'an answer that is no such facts'],
  ['says half', SAY_FULL.replace(/\)$/, '.slice(0, 100))'), 'an answer that is no such facts'],
  ['says something else', 'console.log("{}")', 'an answer that is no such facts'],
  ['says it and fails', `${SAY_FULL}; process.exitCode = 1`, 'exit 1'],
])('a child that %s is an error', async (_what, code, got) => {
  await expect(startNode(code)).rejects.toThrow(`facts of the lake: ${got}; see stocktake lake-facts`)
})

test('a child that never ends is ended', async () => {
  await expect(startNode('setInterval(() => {}, 1000)', { timeoutMs: 200 })).rejects.toThrow('not done after')
})

test('a child that never ends is ended by the signal', async () => {
  const stop = new AbortController()
  const facts = startNode('setInterval(() => {}, 1000)', { signal: stop.signal })
  setTimeout(() => stop.abort(new Error('enough')), 100)
  await expect(facts).rejects.toThrow('enough')
})

test('a program that is not there is an error', async () => {
  const facts = startLakeFacts(
    { timeoutMs: 60_000 },
    { spawn: () => spawn('/nowhere/stocktake', [], { stdio: ['ignore', 'pipe', 'pipe'] }), signal },
  )
  await expect(facts).rejects.toThrow('facts of the lake: spawn /nowhere/stocktake ENOENT')
})

test('a child that the system refuses at once is an error', async () => {
  const env = { LONG: 'x'.repeat(4_000_000) }
  const facts = startLakeFacts({ timeoutMs: 60_000 }, { spawn: () => spawn(process.execPath, [], { env }), signal })
  await expect(facts).rejects.toThrow('facts of the lake: spawn E2BIG')
})

test('a child without pipes, as no more files can be open, is an error', async () => {
  const child = new ChildProcess()
  const facts = startLakeFacts({ timeoutMs: 60_000 }, { spawn: () => child, signal })
  setImmediate(() => child.emit('error', new Error('spawn EMFILE')))
  await expect(facts).rejects.toThrow('facts of the lake: spawn EMFILE')
})
