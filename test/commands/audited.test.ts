import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { audited } from '../../src/commands/audited.js'
import { loadConfig } from '../../src/config/config.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { createLake } from '../../src/lake/lake.js'
import { S3AccessDeniedError } from '../../src/lake/s3Errors.js'

/** A lake whose audit can't be written. */
let lake: string
beforeEach(async () => {
  lake = await mkdtemp(join(tmpdir(), 'stocktake-audited-'))
  await createLake(new FolderStore(lake), new Date('2026-01-20T01:00:00Z'))
  await mkdir(join(lake, 'state'), { recursive: true })
  await writeFile(join(lake, 'state/audit'), 'no folder')
})
afterEach(() => rm(lake, { recursive: true }))

/** Does what fails so, or doesn't. @returns what a person is told besides, and what only --verbose shows */
async function toldBeside(error?: Error) {
  const [warnings, details]: [string[], string[]] = [[], []]
  const log = {
    notice: () => {},
    warn: (text: string) => warnings.push(text),
    detail: (text: string) => details.push(text),
  }
  const config = await loadConfig({ lake }, { cwd: lake, env: {}, readText: async () => undefined })
  const context = { config, log, now: () => new Date(0), signal: new AbortController().signal }
  const act = async () => {
    if (error) throw error
  }
  const about = { action: 'table insert', subject: 'shop.sales' } as const
  await audited(about, context, act, () => ({ objects: 1 })).catch(thrown => expect(thrown).toBe(error))
  return { warnings, details }
}

const denied = new S3AccessDeniedError('s3://a/b', { action: 's3:PutObject', resource: 'arn' }, 'Access Denied', null)

test('what was done and is not in the audit is told', async () => {
  const { warnings } = await toldBeside()
  expect(warnings).toEqual([expect.stringMatching(/^not in the audit: table insert shop\.sales, done: /)])
})

test('so is what failed, but where the error itself says that nothing may be written', async () => {
  const told = [expect.stringMatching(/^not in the audit: table insert shop\.sales, failed: /)]
  expect(await toldBeside(new Error('no room'))).toEqual({ warnings: told, details: [] })
  expect(await toldBeside(denied)).toEqual({ warnings: [], details: told })
})
