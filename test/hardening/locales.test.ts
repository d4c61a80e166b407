import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PROGRAM } from '../commands/agentPlace.js'
import { openSmallLake, type SmallPlace } from '../commands/smallLake.js'

const run = promisify(execFile)

let place: SmallPlace
beforeAll(async () => {
  place = await openSmallLake()
})
afterAll(() => place.remove())

/** Where a number has other marks, an i another capital letter, a day another beginning, or nothing can be known of it. */
const PLACES: readonly (readonly [locale: string, zone: string])[] = [
  ['C', 'UTC'],
  ['tr_TR.UTF-8', 'Pacific/Apia'], // 13 hours ahead
  ['de_DE.UTF-8', 'Asia/Kathmandu'],
  ['ar_EG', 'Mars/Olympus'],
]

async function told(args: readonly string[], [locale, zone]: readonly [string, string]): Promise<string> {
  const [program, ...first] = PROGRAM
  const env = { PATH: process.env.PATH, LANG: locale, LC_ALL: locale, LANGUAGE: locale, TZ: zone }
  const { stdout } = await run(program, [...first, ...args], { cwd: place.folder, env })
  return stdout
}

test.each([[['report']], [['query', 'select *, upper(key) as title from objects order by all', '--format', 'json']]])(
  '%j says the same everywhere',
  async args => {
    const [first, ...others] = await Promise.all(PLACES.map(each => told(args, each)))
    expect(first?.length).toBeGreaterThan(100)
    for (const other of others) expect(other).toBe(first)
  },
)
