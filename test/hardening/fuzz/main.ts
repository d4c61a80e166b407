import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { packageFolder } from '../../../src/packageFolder.js'
import { inputName } from './fuzzRun.js'
import { TARGETS } from './targets.js'

// npm run fuzz -- [--minutes N] [--seed S] [name …]: tries each parser for N minutes (1 unless given) with inputs that were
// changed at random. Prints a row for each as Markdown. An input that finds something is put into build/fuzz/<name>/: when that is
// mended, it is kept in test/fixtures/fuzz/<name>/, and tried by `npm test` from then on.
const { values, positionals } = parseArgs({
  options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string' } },
  allowPositionals: true,
})
const minutes = Number(values.minutes)
const seed = Number(values.seed ?? Date.now() % 1e9)
const unknown = positionals.filter(name => !TARGETS.some(each => each.name === name))
if (unknown.length > 0 || !(minutes > 0) || !Number.isSafeInteger(seed)) {
  process.stderr.write(
    `usage: npm run fuzz -- [--minutes N] [--seed S] [${TARGETS.map(({ name }) => name).join(' | ')}]\n`,
  )
  process.exit(2)
}

/** No input takes so long, on a machine that does much else, too. */
const HANG_MS = 30_000
const MOST_PROCESSES = 25
const folder = mkdtempSync(join(tmpdir(), 'stocktake-fuzz-'))
let findings = 0
process.stdout.write(
  `seed ${seed}\n\n| parser | inputs | read | refused | ways | found |\n|---|---:|---:|---:|---:|---:|\n`,
)
try {
  for (const { name } of TARGETS.filter(each => positionals.length === 0 || positionals.includes(each.name))) {
    const { inputs, read, refused, outcomes, found } = await fuzzTarget(name)
    findings += found.size
    process.stdout.write(`| ${[name, inputs, read, refused, outcomes, found.size].join(' | ')} |\n`)
    for (const [finding, path] of found) process.stdout.write(`${finding}\n  ${path}\n`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit(findings > 0 ? 1 : 0)

/** Processes one after the other: what ends one, or doesn't end, is a finding. */
async function fuzzTarget(name: string) {
  const endsAt = Date.now() + minutes * 60_000
  const found = new Map<string, string>()
  const counts = { inputs: 0, read: 0, refused: 0, outcomes: 0 }
  for (let n = 0; n < MOST_PROCESSES && Date.now() < endsAt; n++) {
    const inputFile = join(folder, 'input')
    const arguments_ = [name, String(seed + n), String(endsAt), inputFile]
    const child = spawn(
      process.execPath,
      ['--max-old-space-size=1024', fileURLToPath(new URL('fuzzChild.js', import.meta.url)), ...arguments_],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    const errors = collect(child)
    let isDone = false
    createInterface({ input: child.stdout }).on('line', line => {
      const told = JSON.parse(line)
      if (told.kind === 'found') keep(told.finding, told.told, Buffer.from(told.input, 'base64'))
      else for (const key of ['inputs', 'read', 'refused', 'outcomes'] as const) counts[key] += told[key]
      isDone ||= told.kind === 'counts'
    })
    const end = await untilEnd(child, inputFile)
    if (isDone) break
    keep(`${end}: ${errors().trim().split('\n')[0] ?? ''}`, errors(), readFileSync(inputFile))
  }
  return { ...counts, found }

  function keep(finding: string, told: string, input: Buffer): void {
    if (found.has(finding)) return
    const kept = join(packageFolder(), 'build', 'fuzz', name)
    mkdirSync(kept, { recursive: true })
    const path = join(kept, `found-${inputName(input)}`)
    writeFileSync(path, input)
    writeFileSync(`${path}.txt`, `${finding}\n\n${told}\n`)
    found.set(finding, path)
  }
}

function collect(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.on('data', data => {
    text = `${text}${data}`.slice(0, 20_000)
  })
  return () => text
}

/** Waits until a process ends, and ends one that tries the same input for too long. */
async function untilEnd(child: ChildProcess, inputFile: string): Promise<string> {
  let isHanging = false
  const watch = setInterval(() => {
    const at = statSync(inputFile, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
    if (Date.now() - at < HANG_MS) return
    isHanging = true
    child.kill('SIGKILL')
  }, 1000)
  const [code, signal] = await new Promise<readonly [number | null, string | null]>(resolve =>
    child.on('close', (code, signal) => resolve([code, signal])),
  )
  clearInterval(watch)
  return isHanging ? 'hang' : `ended by ${signal ?? code}`
}
