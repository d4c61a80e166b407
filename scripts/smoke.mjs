// Runs the command as people do, with the Node that runs this: the demo with its imports, questions, a stream, the page.
//   node scripts/smoke.mjs dist/cli.js FOLDER
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

const cli = resolve(process.argv[2])
const folder = resolve(process.argv[3])
const demo = join(folder, 'stocktake-demo')

assert.match(await stocktake(['--help'], folder), /stocktake import/)
await step('demo', async () => assert.match(await stocktake(['demo'], folder), /demo-bucket on 2026-01-20/))
await step('import', () => stocktake(['import', 'demo', '--again'], demo))
await step('query', async () => {
  const rows = await stocktake(['query', '--format', 'json', 'select count(*) as objects from objects_latest'], demo)
  assert.deepEqual(JSON.parse(rows), [{ objects: 205_118 }])
})
await step('reconcile', () => stocktake(['reconcile'], demo))
await step('report', () => stocktake(['report', '--html', 'report.html'], demo))
await step('streams', async () => {
  const lines = await stocktake(['streams', 'replay', '--stdout', '--trades', '200'], demo)
  await stocktake(['streams', 'ingest', 'coinbase', '--stdin'], demo, lines)
  await stocktake(['streams', 'etl', 'coinbase', '--once'], demo)
  const rows = await stocktake(['query', '--format', 'json', 'select count(*) as n from coinbase.market_trades'], demo)
  assert.deepEqual(JSON.parse(rows), [{ n: 200 }])
})
await step('serve', serve)

async function serve() {
  const port = await findFreePort()
  const server = start(['serve', '--port', String(port)], demo)
  try {
    const url = `http://127.0.0.1:${port}`
    const page = await untilAnswered(`${url}/sql`)
    const [asset] = /\/assets\/[^"]+\.js/.exec(page) ?? []
    assert.equal((await fetch(url + asset)).status, 200)
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ sql: 'select count(*) from objects_latest' })
    const answer = await (await fetch(`${url}/api/query`, { method: 'POST', headers, body })).json()
    assert.deepEqual(answer.rows, [[205_118]])
  } finally {
    server.kill('SIGTERM')
    assert.deepEqual(await once(server, 'close'), [0, null])
  }
}

async function untilAnswered(url) {
  for (let tries = 0; tries < 300; tries++) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok) return answer.text()
    await sleep(100)
  }
  throw new Error(`${url} did not answer`)
}

async function findFreePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}

function start(args, cwd) {
  return spawn(process.execPath, [cli, ...args], { cwd, stdio: ['pipe', 'pipe', 'pipe'] })
}

/** What a command writes to stdout; it fails where the command does. */
async function stocktake(args, cwd, stdin) {
  const child = start(args, cwd)
  child.stdin.end(stdin)
  const output = Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await once(child, 'close')
  const [out, told] = await output
  assert.equal(code, 0, `stocktake ${args.join(' ')}:\n${told}`)
  assert.doesNotMatch(told, /Warning/) // of Node itself: what it will no longer do
  return out
}

async function step(name, act) {
  const start = performance.now()
  await act()
  process.stdout.write(`${name.padEnd(10)} ${((performance.now() - start) / 1000).toFixed(1)} s\n`)
}
