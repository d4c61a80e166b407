import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import ts from 'typescript'
import { expect } from 'vitest'
import { listEndedJobs } from '../../src/jobs/jobQueue.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import { packageFolder } from '../../src/packageFolder.js'
import type { S3Address } from '../services/s3Service.js'
import { gather, keysOf } from './queuePlace.js'

const ENTRIES = ['jobs/jobClaims.ts', 'lake/folderStore.ts', 'lake/s3Store.ts', 'lake/processFacts.ts']

/** Compiles what an agent is made of, of today's sources, into a folder, for processes of its own. */
export async function compileAgent(folder: string): Promise<void> {
  const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext }
  const waiting = [...ENTRIES]
  const seen = new Set(waiting)
  for (let module = waiting.pop(); module !== undefined; module = waiting.pop()) {
    const source = await readFile(join(packageFolder(), 'src', module), 'utf8')
    const path = join(folder, module.replace(/\.ts$/, '.js'))
    await mkdir(dirname(path), { recursive: true })
    const text = ts.transpileModule(source, { compilerOptions }).outputText
    await writeFile(path, text)
    for (const { fileName } of ts.preProcessFile(text).importedFiles) {
      const imported = posix.join(posix.dirname(module), fileName).replace(/\.js$/, '.ts')
      if (!fileName.startsWith('.') || seen.has(imported)) continue
      seen.add(imported)
      waiting.push(imported)
    }
  }
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  await symlink(join(packageFolder(), 'node_modules'), join(folder, 'node_modules'))
}

/** Where the lake of the agents is. */
export type AgentsPlace =
  | { readonly kind: 'folder'; readonly root: string }
  | { readonly kind: 'S3'; readonly service: S3Address; readonly bucket: string }

/**
 * A process that claims jobs and does them, one at a time, until it is killed: it creates an object of its own, sometimes
 * renews, and names the object in the job's result. What it was told that counts, it writes down.
 */
function startAgent(compiled: string, place: AgentsPlace, toldPath: string): ChildProcess {
  const program = `
    import { randomUUID } from 'node:crypto'
    import { appendFileSync } from 'node:fs'
    import { claimJob, renewClaim, succeedClaim } from ${JSON.stringify(join(compiled, 'jobs/jobClaims.js'))}
    import { describeProcess } from ${JSON.stringify(join(compiled, 'lake/processFacts.js'))}
    const signal = new AbortController().signal
    const sleep = ms => new Promise(next => setTimeout(next, ms / 10))
    const effects = { now: () => new Date(), random: Math.random, sleep, signal }
    const requests = {}
    const store = counted(${openText(compiled, place)})
    function counted(store) {
      return new Proxy(store, { get(target, name) {
        const own = Reflect.get(target, name)
        if (typeof own !== 'function') return own
        return (...args) => { requests[name] = (requests[name] ?? 0) + 1; return own.apply(target, args) }
      } })
    }
    process.on('message', () => process.send(requests))
    process.on('disconnect', () => process.exit())
    const queue = { ...effects, store }
    const runner = await describeProcess(process.pid)
    for (;;) {
      const claim = await claimJob({ runner, host: 'here' }, queue)
      if (!claim) { await sleep(500); continue }
      const marker = 'markers/' + claim.job.job_id + '/' + claim.job.attempts + '-' + randomUUID()
      await store.putIfAbsent(marker, new TextEncoder().encode(claim.owner))
      if (Math.random() < 0.1) await renewClaim(claim, { worker: runner }, queue)
      const job = await succeedClaim(claim, { marker }, queue)
      if (job) appendFileSync(${JSON.stringify(toldPath)}, job.job_id + ' ' + marker + '\\n')
    }
  `
  return spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}

function openText(compiled: string, place: AgentsPlace): string {
  const from = (module: string): string => `(await import(${JSON.stringify(join(compiled, module))}))`
  if (place.kind === 'folder') return `new (${from('lake/folderStore.js')}.FolderStore)(${JSON.stringify(place.root)})`
  const { bucket, service } = place
  const aws = { region: 'us-east-1', endpoint: service.endpoint, pathStyle: true }
  const options = JSON.stringify({ bucket, prefix: 'lake', aws, retries: 5 })
  return `await ${from('lake/s3Store.js')}.openS3Store(${options},
    { ...effects, credentials: async () => (${JSON.stringify(service.credentials)}) })`
}

export interface AgentsRun {
  readonly place: AgentsPlace
  /** The same place, for this process. */
  readonly store: ObjectStore
  /** Where compiled sources and notes are kept. */
  readonly folder: string
  readonly agents: number
  readonly jobs: number
  /** One agent is killed each time that so many jobs more have ended; none is where it isn't said. */
  readonly killEach?: number
}

/**
 * Has agents do all jobs, while one after the other is killed and replaced, and then looks whether each job has had its
 * effect once.
 * @returns how many were killed, and what those that lived asked of the store
 */
export async function runAgents(run: AgentsRun): Promise<{ readonly killed: number; readonly requests: object[] }> {
  const told: string[] = []
  const start = (): ChildProcess => {
    told.push(join(run.folder, `told-${told.length}`))
    return startAgent(join(run.folder, 'compiled'), run.place, told.at(-1) ?? '')
  }
  const agents = Array.from({ length: run.agents }, start)
  let killed = 0
  const requests: object[] = []
  try {
    for (let ended = 0, next = run.killEach ?? run.jobs; ended < run.jobs; ) {
      await sleep(50 + 50 * Math.random())
      for (const agent of agents) expect(agent.exitCode).toBeNull() // none ends by itself
      ended = (await keysOf(run.store, 'state/jobs/done/')).length
      if (ended < next || run.killEach === undefined) continue
      next = ended + run.killEach
      const which = Math.floor(Math.random() * agents.length)
      await kill(agents[which])
      agents[which] = start()
      killed++
    }
    // What one that was killed has left of an ended job, the others take away when they look for more.
    while ((await keysOf(run.store, 'state/jobs/open/')).length > 0) await sleep(50)
    if (run.killEach === undefined) requests.push(...(await Promise.all(agents.map(askRequests))))
  } finally {
    await Promise.all(agents.map(kill))
  }
  await checkEffects(run, told)
  return { killed, requests }
}

async function askRequests(agent: ChildProcess): Promise<object> {
  agent.send('requests')
  const [requests] = await once(agent, 'message')
  return requests
}

async function kill(agent: ChildProcess | undefined): Promise<void> {
  if (!agent || agent.exitCode !== null || agent.signalCode !== null) return
  const ended = once(agent, 'exit')
  agent.kill('SIGKILL')
  await ended
}

/** Each job has succeeded, and names an object of the attempt that did it; nobody else was told so; none is open. */
async function checkEffects({ store, jobs }: AgentsRun, toldPaths: readonly string[]): Promise<void> {
  const ended = await gather(listEndedJobs(store))
  expect(new Set(ended.map(({ job_id }) => job_id)).size).toBe(jobs)
  expect(ended.filter(({ state }) => state !== 'succeeded')).toEqual([])
  const markers = new Set(await keysOf(store, 'markers/'))
  const named = new Map(ended.map(({ job_id, result }) => [job_id, String(result?.marker)]))
  expect([...named.values()].filter(marker => !markers.has(marker))).toEqual([])
  const texts = await Promise.all(toldPaths.map(path => readFile(path, 'utf8').catch(() => '')))
  const told = texts.flatMap(text => text.split('\n').filter(line => line !== ''))
  expect(new Set(told).size).toBe(told.length)
  expect(told.filter(line => named.get(line.split(' ')[0] ?? '') !== line.split(' ')[1])).toEqual([])
  expect(await keysOf(store, 'state/jobs/open/')).toEqual([])
}
