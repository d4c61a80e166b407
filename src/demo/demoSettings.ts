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
`

/** The data_inventory.yaml of the demo. */
export const DEMO_EXPECTATIONS = `# What should be in the bucket. \`stocktake reconcile\` compares it with what is there.
datasets:
  box_scores:
    connector: demo
    path: sports/box_scores/{season}/{date:yyyy-MM-dd}.json
    date: { from: 2019-10-22, to: today }
    # Basketball is played from late October to the middle of April, and never on Christmas Eve.
    season: { starts: 10-22, ends: 04-12, except: [12-24] }
    priority: critical

  play_by_play:
    connector: demo
    path: sports/pbp/{season}/{date:yyyy-MM-dd}/{game}.parquet
    games: box_scores # each game of a day's box scores has a file
    priority: high

  trades:
    connector: demo
    path: market/trades/product_id={product}/date={date:yyyy-MM-dd}/part_{part}.parquet
    product: [BTC-USD, ETH-USD, SOL-USD, XRP-USD, ADA-USD, DOGE-USD, LTC-USD, BTC-EUR]
    date: { from: 2024-09-19, to: today }
    priority: medium
`
