import { gameDays } from './sportsFiles.js'

/** The stocktake.yaml of the demo. Its first line tells it from any other. */
export const DEMO_CONFIG = `# The settings of \`stocktake demo\`: a made-up bucket and two days of its reports, all in this folder.
lake: ./lake

connectors:
  demo:
    source_bucket: ./demo-bucket             # a folder; its name is the bucket's. Only sports/ is really in it
    inventory:
      destination_bucket: ./inventory-bucket
      prefix: inventory/
      config_name: daily
      format: CSV
    scan_mode: aws_inventory
    schedule: manual                         # no third report will come

streams:
  coinbase:
    source: coinbase
    url: ws://127.0.0.1:8061                 # what \`stocktake streams replay\` serves; without it, Coinbase itself
    products: [BTC-USD, ETH-USD, SOL-USD]
`

/** The data_inventory.yaml of the demo. */
export const DEMO_EXPECTATIONS = `# What should be in the bucket. \`stocktake reconcile\` compares it with what is there.
time_zone: UTC

datasets:
  box_scores:
    connector: demo
    key: sports/box_scores/{season}/{date:yyyy-MM-dd}.json
    weight: 9
    # Basketball is played from late October to the middle of April, and never on Christmas Eve.
    expect:
${formatSeasons()}    task: { run: [node, fetch.mjs, "sports/box_scores/{season}/{date}.json"] }

  play_by_play:
    connector: demo
    key: sports/pbp/{season}/{date:yyyy-MM-dd}/{game}.parquet
    weight: 6
    expect: { csv: { file: games.csv, columns: [season, date, game] } } # each game has a file
    task: { run: [node, fetch.mjs, "sports/pbp/{season}/{date}/{game}.parquet"] }

  trades:
    connector: demo
    key: market/trades/product_id={product}/date={date:yyyy-MM-dd}/part_{part}.parquet
    weight: 5
    expect:
      product: [BTC-USD, ETH-USD, SOL-USD, XRP-USD, ADA-USD, DOGE-USD, LTC-USD, BTC-EUR]
      date: { from: 2024-09-19, to: 2026-01-19 } # of a bucket that goes on, today-1d
    partition: { objects: { max: 1 }, bytes: { min: 1MB } }
    storage_classes: [STANDARD]
    task: { run: [node, fetch.mjs, "market/trades/product_id={product}/date={date}/part_0.parquet"] }
`

/** The fetch.mjs of the demo. */
export const DEMO_FETCH = `// What \`stocktake tasks run\` runs here. It stands for a program that fetches data anew: it puts a made-up object of 1.2 MB
// at the key that it is given, into the folder that stands for the bucket.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const [key] = process.argv.slice(2)
const path = join(import.meta.dirname, 'demo-bucket', key)
await mkdir(dirname(path), { recursive: true })
await writeFile(path, Buffer.alloc(1_200_000, process.env.STOCKTAKE_TASK_ID))
console.log('put', key)
`

/** The last one goes as far as the last report does. */
function formatSeasons(): string {
  const items: string[] = []
  for (let year = 2019; year <= 2025; year++) {
    const last = year === 2025 ? '2026-01-19' : `${year + 1}-04-12`
    const dates = `{ from: ${year}-10-22, to: ${last}, except: [${year}-12-24] }`
    items.push(`      - { season: ${year}-${String(year + 1).slice(2)}, date: ${dates} }\n`)
  }
  return items.join('')
}

/** The games.csv of the demo: a line for each game that was played. */
export function formatDemoGames(): string {
  const lines = ['season,date,game']
  for (const { season, date, games } of gameDays('second'))
    for (const game of games) lines.push(`${season},${date},${game}`)
  return `${lines.join('\n')}\n`
}
