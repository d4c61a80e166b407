import { execFile } from 'node:child_process'
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PROGRAM } from '../commands/agentPlace.js'
import { describeWithOracles, pythonPath } from '../oracles/oracles.js'
import { type ChildService, findFreePort, startService } from '../services/childService.js'

// https://schemathesis.readthedocs.io makes requests up from the description of the API, good and bad ones, and sequences of
// them, and looks whether what is answered is what the description says.

const run = promisify(execFile)

/** Nothing outside is asked: S3 is a port that nobody listens on. */
const SETTINGS =
  '\naws: { endpoint: "http://127.0.0.1:9", path_style: true, region: us-east-1 }\nengine: { retries: 0 }\n'
const S3_ENV = { AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none', AWS_EC2_METADATA_DISABLED: 'true' }

interface Entry {
  readonly request: { readonly method: string; readonly url: string }
  readonly response: { readonly status: number }
}

describeWithOracles('the API of a running server, as schemathesis finds it', () => {
  let folder = ''
  let url = ''
  let server: ChildService | undefined

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stocktake-schemathesis-'))
    const place = join(folder, 'demo')
    const [program, ...args] = PROGRAM
    await run(program, [...args, 'demo', place])
    await appendFile(join(place, 'stocktake.yaml'), SETTINGS)
    await run(program, [...args, 'reconcile'], { cwd: place })
    const port = await findFreePort()
    url = `http://127.0.0.1:${port}`
    const command = [...PROGRAM, 'serve', '--port', String(port), '--no-agent']
    const isUp = async () => (await fetch(`${url}/api/session`)).ok
    server = await startService(command, { env: S3_ENV, cwd: place, startMs: 60_000 }, isUp)
    await send('/api/connectors', { name: 'photos', settings: { source_bucket: 'photos-bucket' } })
    const folders = [{ folder: 'photos/' }, { folder: 'market/', name: 'Market' }]
    await send('/api/collections/from-inventory', { connector: 'demo', folders })
  })
  afterAll(async () => {
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const send = async (path: string, body: unknown): Promise<void> => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    expect([path, answer.status, await answer.text()]).toMatchObject([path, 201, expect.anything()])
  }

  test('fails at nothing, and answers nothing that is not described', async () => {
    const har = join(folder, 'requests.har')
    const found = await run(
      pythonPath(),
      [
        ...['-m', 'schemathesis.cli', 'run', `${url}/api/openapi.json`],
        ...['--exclude-path', '/api/jobs/events'], // it doesn't end
        ...['--max-examples', '6', '--seed', '20260120', '--generation-database', 'none'],
        // That valid requests are for things that are there is more than a description can say.
        ...['--checks', 'all', '--exclude-checks', 'positive_data_acceptance'],
        ...[
          '--continue-on-failure',
          '--request-timeout',
          '60',
          '--max-response-time',
          '60',
          '--suppress-health-check',
          'all',
          '--warnings',
          'off',
        ],
        ...['--report', 'har', '--report-har-path', har],
      ],
      { cwd: folder, maxBuffer: 1 << 26, env: { ...process.env, NO_COLOR: '1' } },
    ).catch((error: { stdout: string; stderr: string }) => error)
    expect(found.stdout + found.stderr).toContain('No issues found')
    const { entries } = JSON.parse(await readFile(har, 'utf8')).log as { entries: Entry[] }
    expect(entries.filter(({ response }) => response.status >= 500)).toEqual([])
    expect(HARD_TO_GUESS).toEqual(expect.arrayContaining(listUndone(entries)))
  })
})

/** Operations that only few of the made-up requests are good enough for, perhaps none: a token, snapshots, a gap's id. */
const HARD_TO_GUESS = [
  'GET /api/connectors/{}/changes',
  'GET /api/connectors/{}/inventory/folders',
  'GET /api/gaps/{}',
  'POST /api/session',
]

/** The operations that were asked for, and never did what they are for. */
function listUndone(entries: readonly Entry[]): string[] {
  const done = new Map<string, boolean>()
  for (const { request, response } of entries) {
    if (response.status === 405) continue
    const path = new URL(request.url).pathname.replace(
      /(?<=^\/api\/(connectors|jobs|collections|reports|gaps)\/)[^/]+/,
      '{}',
    )
    const operation = `${request.method} ${path}`
    done.set(operation, done.get(operation) === true || response.status < 400)
  }
  return [...done].flatMap(([operation, isDone]) => (isDone ? [] : [operation])).sort()
}
