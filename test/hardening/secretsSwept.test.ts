import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { COMMANDS, run } from '../../src/cli.js'
import { AGENT_WORLD, PROGRAM, until } from '../commands/agentPlace.js'
import { FIRST_ROWS, FIRST_TIME, openSmallPlace, type SmallPlace } from '../commands/smallLake.js'
import { startServe } from '../commands/startServe.js'
import { TextSink } from '../output/textSink.js'
import { findFreePort } from '../services/childService.js'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const PEM = String(privateKey.export({ type: 'sec1', format: 'pem' }))

/** Each is found wherever it is written: as it is, as a part of a URL, in base64. */
const SECRETS: Readonly<Record<string, string>> = {
  AWS_SECRET_ACCESS_KEY: 'sesam-aws/secret+key',
  AWS_SESSION_TOKEN: 'sesam-session-token',
  HOOK_TOKEN: 'sesam-hook-path',
  SLACK_TOKEN: 'sesam-slack-path',
  HOOK_SECRET: `whsec_${Buffer.from('sesam-hook-signature-32-bytes!!!').toString('base64')}`,
  SMTP_PASSWORD: 'sesam-smtp-password',
  PRIVATE_KEY: PEM.split('\n')[1] ?? '',
}
const SPELLINGS = Object.entries(SECRETS).flatMap(([name, secret]) =>
  [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64'), JSON.stringify(secret).slice(1, -1)].map(
    spelling => [name, spelling] as const,
  ),
)
/** The names of the secrets that a text holds. */
const foundIn = (held: string): string[] => [
  ...new Set(SPELLINGS.filter(([, spelling]) => held.includes(spelling)).map(([name]) => name)),
]

let place: SmallPlace
let hostile: Server
let mail: TcpServer
let env: Record<string, string | undefined>
let daemonPort: number
let temp: string
const outer = process.env.TMPDIR
const said: string[] = []
/** What servers have got: who sweeps nothing finds nothing. */
const sent: string[] = []
/** Raised when a stream's source has refused it. */
const refused = new AbortController()
const portOf = (server: Server | TcpServer): number => {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

beforeAll(async () => {
  // Whatever it is asked, it refuses, and tells all that it was sent: as XML, as S3 would, or as text.
  hostile = createServer(async (request, response) => {
    const told = `${request.url} ${JSON.stringify(request.headers)} ${await text(request)}`
    sent.push(told)
    const isS3 = String(request.headers.authorization).startsWith('AWS4')
    const xml = `<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>${told.replaceAll(/[<&]/g, ' ')}</Message></Error>`
    response.writeHead(isS3 ? 403 : 500).end(isS3 ? xml : told)
  }).listen(0, '127.0.0.1')
  new WebSocketServer({ server: hostile }).on('connection', socket =>
    socket
      .on('message', bytes => {
        sent.push(String(bytes))
        socket.send('{"type":"error","message":"authentication failure"}')
        socket.close()
      })
      .on('close', () => refused.abort()),
  )
  mail = createTcpServer(socket => {
    socket
      .on('error', () => {})
      .on('data', bytes => socket.write(`535 ${String(bytes).replaceAll(/[\r\n]/g, ' ')}\r\n`))
    socket.write('220 mail.example\r\n')
  }).listen(0, '127.0.0.1')
  await Promise.all([once(hostile, 'listening'), once(mail, 'listening')])
  daemonPort = await findFreePort()
  const url = `http://127.0.0.1:${portOf(hostile)}`
  env = {
    PATH: process.env.PATH,
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: SECRETS.AWS_SECRET_ACCESS_KEY,
    AWS_SESSION_TOKEN: SECRETS.AWS_SESSION_TOKEN,
    AWS_EC2_METADATA_DISABLED: 'true',
    HOOK_URL: `${url}/hooks/${SECRETS.HOOK_TOKEN}?key=${SECRETS.HOOK_TOKEN}`,
    SLACK_URL: `${url}/services/${SECRETS.SLACK_TOKEN}`,
    HOOK_SECRET: SECRETS.HOOK_SECRET,
    SMTP_PASSWORD: SECRETS.SMTP_PASSWORD,
    CB_NAME: 'organizations/a/apiKeys/b',
    CB_KEY: PEM,
  }
  for (const [name, value] of Object.entries(env)) if (name.startsWith('AWS_')) process.env[name] = value // AWS's own chain
  temp = await mkdtemp(join(tmpdir(), 'stocktake-secrets-'))
  process.env.TMPDIR = temp
  env.TMPDIR = temp
  place = await openSmallPlace()
  await place.putReport(FIRST_TIME, FIRST_ROWS)
  await writeFile(
    join(place.folder, 'stocktake.yaml'),
    `lake: ./lake
aws: { region: us-east-1, endpoint: '${url}', path_style: true }
engine: { temp: ./temp, retries: 0 }
connectors:
  photos: { source_bucket: ./photo-bucket, inventory: { destination_bucket: ./reports, config_name: daily }, schedule: daily }
  remote: { source_bucket: far, inventory: { destination_bucket: far, config_name: daily }, fallback_to_sample: false }
notify:
  - { name: pager, type: webhook, url_env: HOOK_URL, secret_env: HOOK_SECRET }
  - { name: ops, type: slack, url_env: SLACK_URL }
  - { name: mail, type: email, host: 127.0.0.1, port: ${portOf(mail)}, username: me, password_env: SMTP_PASSWORD, from: a@example.com, to: [b@example.com] }
streams:
  coinbase: { source: coinbase, url: '${url.replace('http', 'ws')}/feed', products: [BTC-USD], jwt: { key_name: CB_NAME, private_key: CB_KEY } }
daemon: { port: ${daemonPort}, interval_hours: 24 }
`,
  )
})
afterAll(async () => {
  for (const name of Object.keys(env ?? {})) if (name.startsWith('AWS_') && name in SECRETS) delete process.env[name]
  delete process.env.AWS_ACCESS_KEY_ID
  hostile?.closeAllConnections()
  hostile?.close()
  mail?.close()
  await place?.remove()
  if (outer === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = outer
  await rm(temp, { recursive: true, force: true })
})

async function say(args: readonly string[], signal = new AbortController().signal): Promise<void> {
  const [stdout, stderr] = [new TextSink(), new TextSink()]
  const world = { stdout, stderr, cwd: place.folder, env, now: () => new Date(), signal, program: AGENT_WORLD.program }
  const code = await run(args, COMMANDS, world)
  said.push(`${args.join(' ')}: ${code}\n${stdout.text}\n${stderr.text}`)
}

test('secrets of the environment are used, and in nothing that commands say', async () => {
  for (const args of [
    ['import', 'photos'],
    ['import', 'remote'],
    ['connectors', 'test', 'remote'],
    ['doctor'],
    ['setup', 'remote', '--account', '123456789012'],
    ['notify', 'test'],
    ['query', 'from duckdb_settings()'],
    ['query', 'from duckdb_secrets(redact = false)'],
    ['query', '--report', 'remote', 'select 1'],
    ['query', "select getenv('SMTP_PASSWORD')"],
    ['streams', 'status'],
    ['daemon', '--run-once'],
  ])
    await say([...args, '--verbose'])
  await say(['streams', 'ingest', 'coinbase', '--verbose'], refused.signal)
  expect(said.at(-1)).toContain('authentication failure')
  expect(said.join('\n')).toContain('imported photos')
  expect(said.map(each => [each.split('\n')[0], ...foundIn(each)]).filter(each => each.length > 1)).toEqual([])
  const got = foundIn(sent.join('\n'))
  expect(got).toEqual(expect.arrayContaining(['AWS_SESSION_TOKEN', 'HOOK_TOKEN', 'SLACK_TOKEN']))
})

test('nor in what the server and the daemon answer', async () => {
  const server = await startServe({ folder: place.folder } as Parameters<typeof startServe>[0], ['--verbose'], env)
  const answers: string[] = []
  for (const path of [
    'overview',
    'connectors',
    'connectors/remote',
    'streams',
    'jobs',
    'jobs?state=failed',
    'snapshots',
    'reports',
  ])
    answers.push(await (await server.ask(`/api/${path}`)).text())
  answers.push(await (await server.ask('/api/connectors/remote/test', { method: 'POST' })).text())
  await server.stop()
  answers.push(server.told())
  const [program, ...first] = PROGRAM
  const child = spawn(program, [...first, 'daemon', '--verbose'], {
    cwd: place.folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err] = [text(child.stdout), text(child.stderr)]
  const exited = once(child, 'exit')
  const metrics = await until(async () => {
    const answer = await fetch(`http://127.0.0.1:${daemonPort}/metrics`).catch(() => undefined)
    const told = (await answer?.text()) ?? ''
    return told.includes('stocktake_') && told
  })
  child.kill('SIGTERM')
  await exited
  answers.push(metrics, await out, await err)
  expect(answers.join('').length).toBeGreaterThan(2000)
  expect(answers.map(foundIn).filter(each => each.length > 0)).toEqual([])
})

test('nor in any file: of the lake, its audit and jobs, of temporary folders', async () => {
  let files = 0
  const leaks: [string, string[]][] = []
  const folders = [place.folder, temp]
  for (const folder of folders)
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
      if (!entry.isFile()) continue
      files++
      const path = join(entry.parentPath, entry.name)
      const bytes = await readFile(path).catch(() => Buffer.alloc(0))
      const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
      const found = foundIn((isGzip ? gunzipSync(bytes) : bytes).toString('latin1'))
      if (found.length > 0) leaks.push([path, found])
    }
  expect(files).toBeGreaterThan(20)
  expect(leaks).toEqual([])
})
