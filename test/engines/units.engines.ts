import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packageFolder } from '../../src/packageFolder.js'
import { findSystemdAnalyze } from '../services/systemdAnalyze.js'
import { findTool } from './findTool.js'

const analyze = await findTool('systemd-analyze', findSystemdAnalyze)
const units = join(packageFolder(), 'deploy', 'systemd')

describe.skipIf(!analyze)('the systemd units', async () => {
  const { path = '', env = {} } = analyze ?? {}
  const run = (...args: string[]) => promisify(execFile)(path, args, { cwd: folder, env: { ...process.env, ...env } })
  const names = (await readdir(units)).sort()

  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stocktake-units-'))
    // The program is looked for, and Stocktake is not installed here.
    for (const name of names) {
      const text = await readFile(join(units, name), 'utf8')
      await writeFile(join(folder, name), text.replaceAll('/usr/bin/stocktake', process.execPath))
    }
  })
  afterAll(() => rm(folder, { recursive: true }))

  test.each(names)('%s is understood', async name => {
    const unit = name.replace('@.', '@photos.')
    const { stdout, stderr } = await run('verify', '--man=no', `./${unit}`)
    // Of other units, where these come from a package that isn't installed.
    const told = (stdout + stderr).split('\n').filter(line => line !== '' && !line.startsWith('Suspicious symlink'))
    expect(told).toEqual([])
  })

  test.each(names.filter(name => name.endsWith('.service')))('%s may do little', async name => {
    const { stdout } = await run('security', '--offline=yes', '--threshold=20', '--no-pager', `./${name}`)
    const [, exposure] = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout) ?? []
    process.stderr.write(`${name}: exposure ${exposure} of 10\n`)
    expect(Number(exposure)).toBeLessThan(2)
  })

  test('a unit with a mistake is refused', async () => {
    await writeFile(join(folder, 'wrong.service'), '[Service]\nExecStart=relative/path\nNoSuchSetting=1\n')
    await expect(run('verify', '--man=no', './wrong.service')).rejects.toThrow(/relative\/path/)
  })
})
