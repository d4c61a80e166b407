import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { COMMANDS, run } from '../src/cli.js'
import { printMeasured } from './measured.js'

// One cycle in a process of its own, in the working folder: node reconcileOnce.js
const startedAt = performance.now()
await command('reconcile', '--quiet')
const endedAt = performance.now()
const query = 'select list_requests + get_requests as requests from snapshots'
const [receipt] = JSON.parse(await command('query', query, '--format', 'json'))
const gaps = JSON.parse(await command('gaps', '--format', 'json'))
const asked = performance.now() - endedAt
printMeasured(startedAt + asked, {}, { gaps: gaps.length, requests: receipt.requests })

/** @returns its stdout */
async function command(...args: string[]): Promise<string> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const texts = Promise.all([text(stdout), text(stderr)])
  const world = { cwd: process.cwd(), env: process.env, now: () => new Date(), signal: new AbortController().signal }
  const code = await run(args, COMMANDS, { ...world, stdout, stderr })
  stdout.end()
  stderr.end()
  const [answer, told] = await texts
  if (code !== 0) throw new Error(`${args.join(' ')}: exit code ${code}: ${told}`)
  return answer
}
