import type { Argv, Options } from 'yargs'

/** The options of `connectors add` and `connectors set`, each with where stocktake.yaml has it under a connector. */
export const SETTING_FLAGS = {
  'source-bucket': {
    type: 'string',
    at: ['source_bucket'],
    describe: 'the bucket that is counted: its name, or a folder',
  },
  'inventory-bucket': {
    type: 'string',
    at: ['inventory', 'destination_bucket'],
    describe: 'where its reports are delivered: a bucket, or a folder with a copy of it',
  },
  prefix: { type: 'string', at: ['inventory', 'prefix'], describe: 'the prefix of the destination' },
  'config-name': { type: 'string', at: ['inventory', 'config_name'], describe: 'the inventory configuration' },
  'report-format': { type: 'string', at: ['inventory', 'format'], describe: 'auto, CSV, ORC or Parquet' },
  'scan-mode': { type: 'string', at: ['scan_mode'], describe: 'aws_inventory, sample or full' },
  'sample-rate': { type: 'number', at: ['sample_rate'], describe: 'a share of the objects: 0.1 for a tenth' },
  'fallback-to-sample': {
    type: 'boolean',
    at: ['fallback_to_sample'],
    describe: 'sample the bucket when no report can be read',
  },
  schedule: { type: 'string', at: ['schedule'], describe: 'manual, daily, weekly or inventory (as reports come)' },
  'warn-after': { type: 'string', at: ['freshness', 'warn_after'], describe: 'the age that is a warning: 36h' },
  'error-after': { type: 'string', at: ['freshness', 'error_after'], describe: 'the age that is an error: 72h' },
  'max-rejected': {
    type: 'string',
    at: ['max_rejected'],
    describe: 'the share of malformed rows that an import bears: 0.1%',
  },
} as const satisfies Record<string, { type: Options['type']; at: readonly string[]; describe: string }>

/** Declares them; what they hold is read by their names. */
export const withSettings = <T>(yargs: Argv<T>): Argv<T> => yargs.options(OPTIONS) as unknown as Argv<T>

const OPTIONS: Record<string, Options> = {
  ...Object.fromEntries(Object.entries(SETTING_FLAGS).map(([flag, { type, describe }]) => [flag, { type, describe }])),
  field: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'inventory field as a report names it otherwise: size=Bytes',
  },
  'from-json': {
    type: 'string',
    nargs: 1,
    describe: 'a file with settings as in stocktake.yaml, as JSON; - for stdin; null takes one back',
  },
}
