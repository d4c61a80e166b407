import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packageFolder } from '../../src/packageFolder.js'
import { type ChildService, findFreePort, startService } from '../services/childService.js'
import { preparePrometheus, prometheusFolder, prometheusProgram } from '../services/prometheus.js'
import { findTool } from './findTool.js'

const tool = await findTool('Prometheus', async () => {
  await preparePrometheus(prometheusFolder())
  return prometheusProgram
})
const deploy = join(packageFolder(), 'deploy')

/** Runs promtool, and gives what it says. @throws where it finds something wrong */
async function promtool(args: readonly string[], stdin = ''): Promise<string> {
  const child = promisify(execFile)(prometheusProgram('promtool'), args, { cwd: join(deploy, 'prometheus') })
  child.child.stdin?.end(stdin)
  const { stdout, stderr } = await child
  return stdout + stderr
}

describe.skipIf(!tool)('promtool', () => {
  test.each([
    ['check', 'rules', 'alerts.yml'],
    ['test', 'rules', 'alerts_test.yml'],
    ['check', 'config', 'prometheus.yml'],
  ])('%s %s %s', async (...args) => expect(await promtool(args)).toContain('SUCCESS'))

  test('finds a gauge that is named as a counter is', async () => {
    const told = promtool(['check', 'metrics'], '# HELP a_total A\n# TYPE a_total gauge\na_total 1\n')
    await expect(told).rejects.toThrow('non-counter metrics should not have "_total" suffix')
  })
})

describe.skipIf(!tool)('a Prometheus that scrapes a daemon on the demo', () => {
  let folder: string
  let daemon: Daemon
  let prometheus: ChildService & { readonly url: string }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stocktake-prometheus-'))
    await promisify(execFile)(process.execPath, [program, 'demo', join(folder, 'demo')])
    daemon = await startDaemon(join(folder, 'demo'))
    prometheus = await startPrometheus(folder, daemon.port)
    await until(async () => (await query('reconciliation_last_run')).length > 0)
    await until(
      async () => (await query('stocktake_jobs_ended_total{type="reconcile",state="succeeded"} > 0')).length > 0,
    )
  })
  afterAll(async () => {
    await prometheus?.stop()
    await daemon?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  interface Sample {
    readonly metric: Readonly<Record<string, string>>
    readonly value: readonly [at: number, value: string]
  }

  async function ask<T>(path: string): Promise<T> {
    const answer = (await (await fetch(`${prometheus.url}/api/v1/${path}`)).json()) as { status: string; data: T }
    if (answer.status !== 'success') throw new Error(`${path}: ${JSON.stringify(answer)}`)
    return answer.data
  }

  const query = async (expression: string): Promise<readonly Sample[]> =>
    (await ask<{ result: Sample[] }>(`query?query=${encodeURIComponent(expression)}`)).result

  const numbersOf = async (expression: string): Promise<number[]> =>
    (await query(expression)).map(({ value }) => Number(value[1]))

  test('has the daemon, and all that it says', async () => {
    expect(await numbersOf('up{job="stocktake"}')).toEqual([1])
    const text = await (await fetch(`http://127.0.0.1:${daemon.port}/metrics`)).text()
    const samples = text.split('\n').filter(line => /^(stocktake|reconciliation)_/.test(line))
    const names = [...new Set(samples.map(line => line.split(/[{ ]/)[0] ?? ''))]
    expect(names.length).toBeGreaterThan(30)
    const missing: string[] = []
    for (const name of names) if ((await query(`last_over_time(${name}[5m])`)).length === 0) missing.push(name)
    expect(missing).toEqual([])
  })

  test('what the daemon says passes promtool', async () => {
    const text = await (await fetch(`http://127.0.0.1:${daemon.port}/metrics`)).text()
    expect(await promtool(['check', 'metrics'], text)).toBe('')
  })

  test('has the four metrics of a reconciliation', async () => {
    expect((await numbersOf('time() - reconciliation_last_run'))[0]).toBeLessThan(600)
    const [total] = await numbersOf('reconciliation_total_gaps')
    expect(await numbersOf('sum(stocktake_open_gaps)')).toEqual([total]) // its tasks have mended some, or all
    expect((await numbersOf('reconciliation_coverage')).length).toBeGreaterThan(2)
    expect(await query('reconciliation_critical_gaps')).toHaveLength(1)
    expect(await query('reconciliation_task_queue_size')).toHaveLength(1)
  })

  test('understands every expression of the dashboard', async () => {
    const dashboard = JSON.parse(await readFile(join(deploy, 'grafana', 'stocktake.json'), 'utf8'))
    const panels: { title: string; targets?: { expr: string }[] }[] = dashboard.panels
    const silent: string[] = []
    for (const { title, targets = [] } of panels)
      for (const { expr } of targets) {
        const found = await query(
          expr.replaceAll('$__rate_interval', '1m').replace(/\$(job|instance|connector)/g, '.*'),
        )
        if (found.length === 0) silent.push(title)
      }
    process.stderr.write(`panels without a value on the demo: ${silent.join(', ')}\n`)
    expect(silent.length).toBeLessThan(8)
  })

  test('evaluates every alert', async () => {
    interface Rule {
      readonly name: string
      readonly health: string
      readonly lastError?: string
    }
    const rulesOf = async () =>
      (await ask<{ groups: { rules: Rule[] }[] }>('rules')).groups.flatMap(({ rules }) => rules)
    await until(async () => (await rulesOf()).every(({ health }) => health !== 'unknown'))
    expect((await rulesOf()).filter(({ health }) => health !== 'ok')).toEqual([])
    expect((await rulesOf()).length).toBeGreaterThan(10)
  })
})

// What `npm run build` made last.
const program = join(packageFolder(), 'dist', 'cli.js')

interface Daemon {
  readonly port: number
  stop(): Promise<void>
}

async function startDaemon(folder: string): Promise<Daemon> {
  const settings = join(folder, 'stocktake.yaml')
  await writeFile(settings, `${await readFile(settings, 'utf8')}\ndaemon: { port: 0 }\n`)
  const child = spawn(process.execPath, [program, 'daemon'], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const ended = once(child, 'close')
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  const portOf = () => /http:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1]
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`the daemon ended:\n${said}`)
    return portOf() !== undefined
  })
  return { port: Number(portOf()), stop }
}

async function startPrometheus(folder: string, port: number): Promise<ChildService & { url: string }> {
  const config = join(folder, 'prometheus.yml')
  const shipped = await readFile(join(deploy, 'prometheus', 'prometheus.yml'), 'utf8')
  await writeFile(config, shipped.replace('8050', String(port)).replaceAll('30s', '1s'))
  await cp(join(deploy, 'prometheus', 'alerts.yml'), join(folder, 'alerts.yml'))
  const own = await findFreePort()
  const url = `http://127.0.0.1:${own}`
  const flags = {
    'config.file': config,
    'storage.tsdb.path': join(folder, 'data'),
    'web.listen-address': `127.0.0.1:${own}`,
  }
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
  const options = { env: {}, cwd: folder, startMs: 60_000 }
  const service = await startService([prometheusProgram('prometheus'), ...args], options, async () => {
    return (await fetch(`${url}/-/ready`)).ok
  })
  return { ...service, url }
}

/** Asks until it is so, for as long as a test may take. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise(resolve => setTimeout(resolve, 200))
}
