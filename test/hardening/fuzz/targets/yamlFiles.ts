import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { loadConfig } from '../../../../src/config/config.js'
import { formatConfigTemplate } from '../../../../src/config/configTemplate.js'
import { DEMO_EXPECTATIONS } from '../../../../src/demo/demoSettings.js'
import { UsageError } from '../../../../src/errors.js'
import { packageFolder } from '../../../../src/packageFolder.js'
import { loadExpectations } from '../../../../src/reconcile/parseExpectations.js'
import { parseTableSpec, toTableSpec } from '../../../../src/tables/tableSpec.js'
import type { FuzzTarget } from '../fuzzTarget.js'
import type { TreeLanguage } from '../mutateTree.js'

const YAML_TREE: TreeLanguage = { parse: text => parse(text), format: tree => stringify(tree) }

const WORDS = [
  ...[
    '&a ',
    '*a',
    '<<: *a',
    '!!binary ',
    '!!set ',
    '? ',
    '- ',
    ': ',
    '{',
    '}',
    '[',
    ']',
    '|',
    '>-',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
  ],
  ...[
    '"',
    "'",
    '\t',
    '\r\n',
    '\ufeff',
    '#',
    '~',
    'null',
    'yes',
    '0o17',
    '.inf',
    '.nan',
    '2026-01-20',
    '__proto__: 1\n',
    'constructor: 1\n',
  ],
]

const CONFIG = `lake: ./lake
catalog: { type: glue, database: stocktake, region: eu-west-1 }
engine: { memory: 450MB, threads: 2, transport: auto, temp: ./temp, retries: 5 }
aws: { region: eu-west-1, profile: lake, endpoint: "http://localhost:4566", path_style: true }
connectors:
  photos:
    source_bucket: photo-bucket
    inventory: { destination_bucket: inventory-bucket, prefix: reports/, config_name: weekly, format: Parquet }
    schedule: weekly
    freshness: { warn_after: 36h, error_after: 72h }
    max_rejected: 0.1%
    scan_mode: sample
    sample_rate: 0.1
keep: { daily: 7, weekly: 4, monthly: 12 }
daemon: { port: 9090, interval_hours: 6, after_cycle: "echo done" }
notify:
  - { type: webhook, url: "https://hooks.example.com/a", secret: HOOK_SECRET, on: [failed, gaps] }
  - { type: email, server: "smtp://mail.example.com:587", from: a@example.com, to: [b@example.com], password: SMTP_PASSWORD }
streams:
  ticks: { source: json, url: "wss://example.com/feed", channels: [trades], products: [BTC-USD], rotate: { size: 10MB, every: 1m } }
  coinbase: { source: coinbase, products: [BTC-USD] }
tables: { stage: dev, slow_query: 10s }
`

/** stocktake.yaml. */
const config: FuzzTarget = {
  name: 'stocktake-yaml',
  refusals: [UsageError],
  dictionary: WORDS,
  tree: YAML_TREE,
  mostInputBytes: 16_384,
  open: async () => ({
    seeds: [
      CONFIG,
      formatConfigTemplate('./lake'),
      formatConfigTemplate('s3://b/lake').replace(/^# ?(?= {1,2}\w|\w+: [{[])/gm, ''),
    ].map(each => Buffer.from(each)),
    async read(input) {
      const text = Buffer.from(input).toString()
      await loadConfig({ config: '/work/stocktake.yaml' }, { cwd: '/work', env: {}, readText: async () => text })
    },
  }),
}

const EXPECTATIONS = `time_zone: Europe/Berlin
datasets:
  box_scores:
    key: sports/box_scores/{season}/{date:yyyy-MM-dd}.json
    weight: 9
    expect:
      - season: 2024-25
        date: { from: 2024-10-22, to: 2025-04-12, every: day, except: [2024-12-24, {from: 2025-02-14, to: 2025-02-16}] }
      - { season: 2025-26, date: { from: 2025-10-22, to: today-1d } }
      - { csv: { file: games.csv, columns: { season: season, date: date } } }
    partition: { objects: { min: 1, max: 3, of_median: { min: 50%, over: 10 } }, bytes: { min: 1KB } }
    freshness: 36h
    companions: ["{stem}.xmp"]
    task: { run: [python, scrape.py, --date, "{date}"], per: date, kinds: [missing], timeout: 5m }
  ticks: { stream: coinbase, freshness: 5m }
priorities:
  - { priority: critical, kinds: [missing], datasets: [box_scores], weight: 8, older_than: 1d, missing_share: 5% }
tasks: { concurrency: 4, quarantine_after: 5 }
`

/** data_inventory.yaml, and the CSV file that it names: what follows a line of `====`. */
const expectations: FuzzTarget = {
  name: 'data-inventory-yaml',
  refusals: [UsageError],
  dictionary: [...WORDS, '{date}', '{date:yyyy', 'today-1d', '\n====\n', '"', ',', '{', '}'],
  tree: YAML_TREE,
  mostInputBytes: 16_384,
  open: async () => {
    const games = 'season,date\n2024-25,2024-10-22\n"2025-26",2025-10-23\n'
    return {
      seeds: [`${EXPECTATIONS}\n====\n${games}`, `${DEMO_EXPECTATIONS}\n====\n${games}`].map(each => Buffer.from(each)),
      async read(input) {
        const [yaml = '', csv] = Buffer.from(input).toString().split('\n====\n')
        await loadExpectations('/work/data_inventory.yaml', {
          streams: [{ name: 'coinbase', freshMs: 60_000 }],
          connectors: [{ name: 'demo' }],
          readText: async path => (path.endsWith('.yaml') ? yaml : csv),
        })
      },
    }
  },
}

/** A file of config/tables. */
const table: FuzzTarget = {
  name: 'table-yaml',
  refusals: [UsageError],
  dictionary: [
    ...WORDS,
    'list<string>',
    'decimal(38,39)',
    'struct<',
    'bucket[16]',
    'truncate[0]',
    '{stage}',
    '{region}',
    'required: true',
  ],
  tree: YAML_TREE,
  mostInputBytes: 16_384,
  open: async () => ({
    seeds: [readFileSync(join(packageFolder(), 'config/tables/sales_history.yaml'))],
    read(input) {
      toTableSpec(parseTableSpec(Buffer.from(input).toString(), 'sales.yaml', { stage: 'dev', region: 'eu-west-1' }))
    },
  }),
}

export const YAML_TARGETS: readonly FuzzTarget[] = [config, expectations, table]
