import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packageFolder, packageVersion } from '../src/packageFolder.js'

// The command as it is installed, in a process of its own: what `npm run build` made last.
const program = join(packageFolder(), 'dist', 'cli.js')

let cwd: string
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'stocktake-process-'))
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

async function stocktake(args: string[], stdout: 'pipe' | number = 'pipe', command = program) {
  const child = spawn(command, args, { cwd, stdio: ['ignore', stdout, 'pipe'] })
  const output = Promise.all([child.stdout ? text(child.stdout) : '', child.stderr ? text(child.stderr) : ''])
  const [code] = await once(child, 'close')
  const [out, error] = await output
  return { code, stdout: out, stderr: error }
}

test('it runs by its own name, and through a link as npm makes them', async () => {
  const answer = { code: 0, stdout: `${packageVersion()}\n`, stderr: '' }
  expect(await stocktake(['--version'])).toEqual(answer)
  const link = join(cwd, 'stocktake')
  await symlink(program, link)
  expect(await stocktake(['--version'], 'pipe', link)).toEqual(answer)
})

test('its exit code is that of the error, whose message is on stderr', async () => {
  const { code, stdout, stderr } = await stocktake(['innit'])
  expect({ code, stdout, stderr }).toEqual({
    code: 2,
    stdout: '',
    stderr: 'stocktake: innit: unknown command; did you mean init?\n',
  })
})

test('a reader that has gone ends it quietly', async () => {
  const child = spawn(program, ['--help'], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  const error = text(child.stderr)
  const [code] = await once(child, 'close')
  expect({ code, stderr: await error }).toEqual({ code: 0, stderr: '' })
})

test.runIf(process.platform === 'linux')('a full disk is an error', async () => {
  const { code, stderr } = await stocktake(['--help'], openSync('/dev/full', 'w'))
  expect(code).toBe(1)
  expect(stderr).toContain('no space left on device')
})
