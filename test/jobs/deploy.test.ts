import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { DEFAULT_PRICES } from '../../src/config/prices.js'
import { createMetrics } from '../../src/jobs/prometheus.js'
import { packageFolder } from '../../src/packageFolder.js'
import { FULL, TICKS } from './exampleFacts.js'
import { type ExposedMetric, parseExposition } from './exposition.js'

const read = (...path: string[]): string => readFileSync(join(packageFolder(), ...path), 'utf8')

/** All there are, of a lake of which all is known. */
let metrics: ExposedMetric[]
beforeAll(async () => {
  const made = createMetrics({ version: '1.2.3', prices: DEFAULT_PRICES, startedAt: new Date(0), tables: [] })
  made.update(FULL)
  made.updateStreams([TICKS])
  metrics = parseExposition(await made.text())
})

/** The metrics that an expression names, as `/metrics` names them. */
const namesIn = (expression: string): string[] =>
  [...expression.matchAll(/\b(?:stocktake|reconciliation|process|nodejs)_[a-z_]+/g)].map(([name]) =>
    name.replace(/_bucket$/, ''),
  )

/** Each with a label that the metric has, or Prometheus gives. */
const labelsOf = (expression: string): string[] =>
  [...expression.matchAll(/[{,]\s*([a-z_]+)=~?"/g)].map(([, label]) => label ?? '')

const GIVEN = ['job', 'instance', 'le']

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly datasource?: object
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly expr: string; readonly datasource: object }[]
}

interface Dashboard {
  readonly schemaVersion: number
  readonly uid: string
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] }
  readonly panels: readonly Panel[]
}

describe('the dashboard', () => {
  const dashboard: Dashboard = JSON.parse(read('deploy', 'grafana', 'stocktake.json'))
  const { panels } = dashboard
  const expressions = panels.flatMap(({ targets }) => targets ?? []).map(({ expr }) => expr)

  test('names metrics and labels that there are', () => {
    const known = new Set(metrics.map(({ name }) => name))
    const labels = new Set([...metrics.flatMap(({ labels }) => labels), ...GIVEN])
    expect(expressions.length).toBeGreaterThan(20)
    expect(expressions.flatMap(namesIn).filter(name => !known.has(name))).toEqual([])
    expect(expressions.flatMap(labelsOf).filter(label => !labels.has(label))).toEqual([])
  })

  test('asks the data source that is chosen, by the variables that it has', () => {
    const asked = panels.flatMap(panel => [panel, ...(panel.targets ?? [])]).flatMap(each => each.datasource ?? [])
    expect(asked).toEqual(asked.map(() => ({ type: 'prometheus', uid: `\${datasource}` })))
    const variables = dashboard.templating.list.map(({ name }) => name)
    const used = expressions.flatMap(expr => [...expr.matchAll(/\$([a-z]+)/g)].map(([, name]) => name))
    expect(dashboard.templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource' })
    expect(new Set(used)).toEqual(new Set(variables.slice(1)))
  })

  test('has a place of its own for each panel, and all that Grafana wants', () => {
    expect(dashboard).toMatchObject({ uid: 'stocktake', schemaVersion: 38 })
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([])
  })

  test('answers each question', () => {
    expect(panels.filter(({ type }) => type === 'row').map(({ title }) => title)).toEqual([
      'What is stale?',
      'What fails?',
      'What is missing?',
      'How does it grow?',
      'What does it take?',
    ])
  })
})

describe('the alerts', () => {
  interface Rule {
    readonly alert: string
    readonly expr: string
    readonly labels: { readonly severity: string }
    readonly annotations: { readonly summary: string; readonly description: string }
  }
  const { groups } = parse(read('deploy', 'prometheus', 'alerts.yml')) as { groups: { rules: Rule[] }[] }
  const rules = groups.flatMap(group => group.rules)

  test('name metrics that there are', () => {
    const known = new Set(metrics.map(({ name }) => name))
    expect(rules.flatMap(({ expr }) => namesIn(expr)).filter(name => !known.has(name))).toEqual([])
  })

  test('each says what is, and what to do', () => {
    expect(rules.filter(({ labels }) => !/^(critical|warning|info)$/.test(labels.severity))).toEqual([])
    expect(rules.filter(({ annotations }) => !annotations.summary || !annotations.description)).toEqual([])
  })

  test.each(rules.map(({ alert }) => alert))('%s has a test, and stands in docs/metrics.md', alert => {
    expect(read('deploy', 'prometheus', 'alerts_test.yml')).toContain(alert)
    expect(read('docs', 'metrics.md')).toContain(`| ${alert} |`)
  })
})

test('docs/metrics.md has every metric of ours, as it is', () => {
  const documented = read('docs', 'metrics.md').match(/^\| (?:stocktake|reconciliation)_.*$/gm)
  expect(documented).toEqual(
    metrics
      .filter(({ name }) => /^(stocktake|reconciliation)_/.test(name))
      .sort((a, b) => Number(a.name > b.name) - Number(a.name < b.name))
      .map(({ name, type, labels, help }) => `| ${name} | ${type} | ${labels.join(', ')} | ${help} |`),
  )
})

test('no gauge is named as a counter is', () => {
  expect(metrics.filter(({ name, type }) => name.endsWith('_total') !== (type === 'counter'))).toEqual([])
})

test.each(readdirSync(join(packageFolder(), 'deploy', 'systemd')))('%s runs commands as docs say', name => {
  const text = read('deploy', 'systemd', name)
  if (!name.endsWith('.service')) return
  expect(text).toMatch(
    /^ExecStart=\/usr\/bin\/stocktake --config \/etc\/stocktake\/stocktake\.yaml (daemon|import %I)$/m,
  )
  for (const setting of ['NoNewPrivileges=yes', 'ProtectSystem=strict', 'CapabilityBoundingSet=', 'UMask=0077'])
    expect(text.split('\n')).toContain(setting)
})
