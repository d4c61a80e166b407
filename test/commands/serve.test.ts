import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'
import { jobEnds, type StartedServer, startServe } from './startServe.js'

let place: CommandFolder
beforeEach(async () => {
  place = await openCommandFolder()
  await place.configure('lake: ./lake\nconnectors:\n  raw: { source_bucket: ./raw-bucket, scan_mode: full }\n')
  await mkdir(join(place.folder, 'raw-bucket', '2026'), { recursive: true })
  await writeFile(join(place.folder, 'raw-bucket', '2026', 'a.json'), '{}')
})
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop()
  await place.remove()
})
const started: StartedServer[] = []

async function serve(...args: string[]): Promise<StartedServer> {
  const server = await startServe(place, args)
  started.push(server)
  return server
}

const JSON_TYPE = { 'content-type': 'application/json' }

test('it makes the lake, runs what is asked for, and ends with the signal', async () => {
  const { ask, stop, told } = await serve()
  expect(told()).toContain('made the lake')
  const { jobs } = (await (await ask('/api/jobs')).json()) as { jobs: unknown[] }
  expect(jobs).toEqual([])
  const queued = await ask('/api/connectors/raw/scan', { method: 'POST', headers: JSON_TYPE, body: '{}' })
  expect(queued.status).toBe(202)
  expect(await jobEnds({ ask }, queued.headers.get('location') ?? '')).toBe('succeeded')
  expect(await stop()).toBe(0)
  expect(told()).toMatch(/begun {6}scan raw[\s\S]*succeeded {2}scan raw[\s\S]*stopped\n$/)
  const audit = await place.rows(['query', "select who, action, subject from audit where action like '%scan%'"])
  expect(audit).toContainEqual(expect.objectContaining({ action: 'scan', subject: 'raw' }))
})

test.each([
  [[], 'neither'],
  [['anna'], 'no --role'],
  [['--role', 'read'], 'no name'],
])('token create %j says what is missing', async (args, got) => {
  const { code, stderr } = await place.run(['token', 'create', ...args])
  expect([code, stderr]).toEqual([
    2,
    `stocktake: token create: expected the name of who gets it, and --role read or --role operate, got ${got}; such as \`stocktake token create anna --role operate\`\n`,
  ])
})

test('with a token that the command makes', async () => {
  expect((await place.run(['connectors', 'add', 'other', '--source-bucket', './raw-bucket'])).code).toBe(0)
  const made = await place.run(['token', 'create', 'anna', '--role', 'read'])
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^stocktake_[\w-]{43}\n$/) })
  const { ask } = await serve('--require-token', '--no-agent')
  const headers = { authorization: `Bearer ${made.stdout.trim()}` }
  expect((await ask('/api/connectors')).status).toBe(401)
  expect((await ask('/api/connectors', { headers })).status).toBe(200)
  expect((await ask('/api/connectors/raw/scan', { method: 'POST', headers })).status).toBe(403)
  expect(await place.rows(['token', 'list'])).toMatchObject([{ name: 'anna', role: 'read', state: 'valid' }])
  expect((await place.run(['token', 'revoke', 'anna'])).code).toBe(0)
  const audit = await place.rows([
    'query',
    "select action, subject, outcome from audit where action like 'token%' order by action",
  ])
  expect(audit).toEqual([
    { action: 'token create', subject: 'anna', outcome: 'done' },
    { action: 'token revoke', subject: 'anna', outcome: 'done' },
  ])
})

test.each([
  [[], false, 'Stocktake on http://127.0.0.1:'],
  [['--host', '::1'], false, 'Stocktake on http://[::1]:'],
  [['--host', 'localhost'], false, 'Stocktake on http://localhost:'],
  [['--host', '127.0.0.2'], false, 'Stocktake on http://127.0.0.2:'],
  [['--host', '0.0.0.0'], true, 'warning: nobody can use it yet: stocktake token create NAME --role operate'],
  [['--require-token'], true, 'warning: nobody can use it yet'],
  [['--allow-host', 'lake.example'], true, 'warning: nobody can use it yet'], // something passes others' requests on
])('serve %j: a token is needed: %s', async (args, needsToken, told) => {
  const server = await serve('--no-agent', ...args)
  const url = server.url.replace('0.0.0.0', '127.0.0.1')
  expect(await (await fetch(`${url}/api/session`)).json()).toMatchObject({ needs_token: needsToken })
  expect(server.told()).toContain(told)
})

test.each([
  [['--port', '65536'], '--port: expected a whole number from 0 to 65535, got 65536'],
  [['--port', '1.5'], '--port: expected a whole number from 0 to 65535, got 1.5'],
  [['--host', 'no such host'], '--host: expected an address of this machine, got no such host'],
])('serve %j is refused', async (args, message) => {
  const { code, stderr } = await place.run(['serve', ...args])
  expect([code, stderr]).toEqual([2, `stocktake: ${message}\n`])
})

test.each([
  [['token', 'create', 'anna', '--role', 'read', '--expires', '0h'], '--expires: expected a duration up to 100 years'],
  [
    ['token', 'create', 'anna', '--role', 'read', '--expires', 'soon'],
    'duration: expected a duration such as 36h or 2d',
  ],
  [['token', 'create', 'anna', '--role', 'admin'], 'role: got "admin"'],
  [['token', 'create', 'anna'], 'expected the name of who gets it, and --role read or --role operate, got no --role'],
])('%j is refused', async (args, message) => {
  const { code, stderr } = await place.run(args)
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
})
