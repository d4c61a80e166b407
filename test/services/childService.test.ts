import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { findFreePort, startService, watched } from './childService.js'

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await sleep(20)
}

test('a server goes when the process that started it is killed', async () => {
  const command = JSON.stringify(watched(['sh', '-c', 'echo $$; exec sleep 60']))
  const program = `require('node:child_process').spawn('sh', ${command}, { stdio: ['pipe', 'inherit', 'ignore'] })`
  const parent = spawn(process.execPath, ['--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [text] = await once(parent.stdout, 'data')
  const pid = Number(text)
  expect(isAlive(pid)).toBe(true)
  parent.kill('SIGKILL')
  await untilGone(pid)
})

test('a server answers when it is started, and is gone when it is stopped', async () => {
  const port = await findFreePort()
  const program = `require('node:http').createServer((_, out) => out.end(process.pid + ' ' + process.env.GREETING))
    .listen(${port}, '127.0.0.1')`
  const ask = async () => (await fetch(`http://127.0.0.1:${port}`)).text()
  const options = { env: { GREETING: 'hello' }, cwd: tmpdir(), startMs: 10_000 }
  const service = await startService([process.execPath, '--eval', program], options, async () => (await ask()) !== '')
  const [pid, greeting] = (await ask()).split(' ')
  expect(greeting).toBe('hello')
  await service.stop()
  await untilGone(Number(pid))
})

test('a server that does not start is told with what it said', async () => {
  const options = { env: {}, cwd: tmpdir(), startMs: 10_000 }
  const starting = startService(['sh', '-c', 'echo no such option >&2; exit 2'], options, async () => false)
  await expect(starting).rejects.toThrow('no such option')
})
