import { rm, writeFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { toFileSystemError } from '../errors.js'
import { CONFIG_NAME, type ConfigEffects, type ConfigOptions } from './config.js'

/**
 * A commented stocktake.yaml to begin with: the lake, and what else there is, commented out at its defaults.
 * @param lake as the file should say it: `./lake`, `s3://bucket/prefix`
 */
export const formatConfigTemplate = (
  lake: string,
): string => `# The configuration of Stocktake. Paths are relative to this file. What is commented out shows the default, or an example.

# Where the tables and the state are kept: a folder, or s3://bucket/prefix.
lake: ${/^[\w./:-]+$/.test(lake) ? lake : JSON.stringify(lake)}

# Who says what the tables are, for good: the lake's own files, or AWS Glue, by which others write them, too (docs/catalog.md).
# catalog: { type: files }                   # or { type: glue, database: stocktake, region: null }

# The buckets to take stock of.
connectors:
#  photos:
#    source_bucket: photo-bucket              # or ./folder
#    inventory:
#      destination_bucket: inventory-bucket   # or ./folder: a local copy of that bucket
#      prefix: inventory-reports/
#      config_name: weekly-inventory
#      format: auto                           # auto | CSV | ORC | Parquet
#    schedule: weekly                         # manual | daily | weekly | inventory (as often as reports come)
#    freshness: { warn_after: 36h, error_after: 72h }
#    max_rejected: 0.1%                       # malformed rows that an import bears
#    scan_mode: aws_inventory                 # aws_inventory | sample | full
#    sample_rate: 0.1
#    fallback_to_sample: true                 # sample the bucket when no report can be read

# engine: { memory: 450MB, threads: 2, transport: auto, temp: null, extensions: null, retries: 5 }

# Credentials are never kept here: AWS's own chain, a profile or a role.
# aws: { region: eu-west-1, profile: lake, role_arn: null, endpoint: null, path_style: false }

# What should be there.
# expectations: ./data_inventory.yaml

# How many snapshots stay.
# keep: { daily: 30, weekly: 12, monthly: 24 }

# The lake's own tables, which config/tables/*.yaml declare. STOCKTAKE_STAGE goes before stage.
# tables: { stage: dev, slow_query: 30s, queries_per_month: 1000 }

# What Athena, Trino and Spark see of a lake on S3, by AWS Glue's catalog: stocktake publish.
# publish: { database: stocktake, region: null, catalog: awsdatacatalog, after_import: false }

# Who is told what has changed. Secrets stand in environment variables, which are named here.
# notify:
#   - { name: ops, type: slack, url_env: SLACK_URL }
#   - { name: pager, type: webhook, url: https://alerts.example.com/stocktake, secret_env: PAGER_SECRET, on: [failing, recovered] }
#   - { name: mail, type: email, host: smtp.example.com, username: me, password_env: SMTP_PASSWORD, from: a@example.com, to: [b@example.com] }
`

/**
 * Writes a new file, in a folder that is there.
 * @returns whether it was written; `false` says that there is one, which stays as it is
 * @throws {FileSystemError} for a full disk, or a folder that may not be written to; there is no file then
 */
export async function createConfigFile(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    await rm(path, { force: true }) // the beginning of one would be kept the next time
    throw toFileSystemError(error, path)
  }
}

/** The file that a new configuration goes to: the one named, or stocktake.yaml in the working folder. */
export const configPathFor = ({ config }: ConfigOptions, { cwd, env }: Pick<ConfigEffects, 'cwd' | 'env'>): string =>
  resolve(cwd, config ?? (env.STOCKTAKE_CONFIG || CONFIG_NAME))

/** The lake as a new file at `path` should say it, so that both can be moved together. */
export function lakeForFile(path: string, { lake }: ConfigOptions, { cwd }: Pick<ConfigEffects, 'cwd'>): string {
  if (lake === undefined) return './lake'
  if (lake.startsWith('/') || lake.includes('://')) return lake
  const inside = relative(dirname(path), resolve(cwd, lake))
  return inside.startsWith('.') ? inside : `./${inside}`
}
