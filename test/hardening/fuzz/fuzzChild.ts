import { ftruncateSync, openSync, writeSync } from 'node:fs'
import { type Finding, fuzz } from './fuzzRun.js'
import { TARGETS } from './targets.js'

// A process for one target: an input may end it, or never come back. What is tried is in a file by then.
const [name, seed, endsAt, inputFile = ''] = process.argv.slice(2)
const target = TARGETS.find(each => each.name === name)
if (!target) throw new Error(`no target ${name}`)
const file = openSync(inputFile, 'w')
const say = (told: object): void => {
  writeSync(1, `${JSON.stringify(told)}\n`)
}

const opened = await target.open()
const counts = await fuzz(target, opened, {
  seed: Number(seed),
  goesOn: () => Date.now() < Number(endsAt),
  trying(input) {
    ftruncateSync(file)
    writeSync(file, input, 0, input.length, 0)
  },
  found: ({ input, finding, told }: Finding) =>
    say({ kind: 'found', finding, told, input: Buffer.from(input).toString('base64') }),
})
await opened.close?.()
say({ kind: 'counts', ...counts })
process.exit()
