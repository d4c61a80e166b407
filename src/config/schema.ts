import { z } from 'zod'
import { channelsSchema } from './channel.js'
import { DEFAULT_PRICES, type PriceName, type Prices } from './prices.js'
import {
  choice,
  duration,
  flag,
  formatJsonSchema,
  mapping,
  mappingOf,
  matching,
  or,
  orNone,
  percent,
  size,
  text,
  visible,
  whole,
} from './settingTypes.js'
import { streamsSchema } from './streamSchema.js'

/** The rule for names of connectors and streams: they stand in paths, URLs and partition values. */
export const NAME_RULE = 'a name of up to 64 letters, digits, ".", "_" and "-", starting with a letter or digit'
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** Whether a connector or a stream may be called so: {@link NAME_RULE}. */
export const isName = (name: string): boolean => NAME.test(name)

const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$/
const S3_URL = /^s3:\/\/[A-Za-z0-9][A-Za-z0-9._-]{2,254}(\/.*)?$/

/** Whether a bucket of the configuration is a local folder: it has a slash, or is `.` or `..`; names of buckets can't. */
export const isFolder = (bucket: string): boolean => /\/|^\.\.?$/.test(bucket) && !bucket.includes('://')

const name = () => matching(NAME, NAME_RULE)

/** The rule for stages: they stand in names of databases. */
export const STAGE_RULE = 'lower-case letters, digits and "_", such as dev or prod'

/** Whether the text can be a stage: {@link STAGE_RULE}. */
export const isStage = (stage: string): boolean => /^[a-z0-9][a-z0-9_]{0,31}$/.test(stage)

const BUCKET_RULE = 'the name of a bucket, or a folder such as ./bucket'
const bucket = () => z.string(BUCKET_RULE).refine(value => isFolder(value) || BUCKET.test(value), BUCKET_RULE)

const LAKE_RULE = 'a folder such as ./lake, or s3://bucket/prefix'
const lake = () => z.string(LAKE_RULE).refine(isLake, LAKE_RULE)

/** Whether the text says where a lake is: a folder, `file:///…` or `s3://bucket/prefix`. */
export const isLake = (value: string): boolean =>
  value.includes('://') ? S3_URL.test(value) || value.startsWith('file:///') : value !== ''

const fraction = () => {
  const expected = 'a fraction above 0, up to 1'
  return z.number(expected).gt(0, expected).max(1, expected)
}

const inventory = mapping({
  destination_bucket: bucket().describe('where the reports are delivered: a bucket, or a folder with a copy of it'),
  prefix: or(visible(z.string('text')), '').describe('the prefix of the destination'),
  config_name: visible(text()).describe('the name of the inventory configuration'),
  format: or(choice(['auto', 'CSV', 'ORC', 'Parquet']), 'auto').describe(
    'of the reports; another one than this is refused',
  ),
  fields: or(mappingOf(visible(text())), {}).describe(
    'inventory field: name in the report, where a report names it otherwise',
  ),
})

const freshness = mapping({
  warn_after: or(duration(), '36h').describe('a newest snapshot that is older is stale'),
  error_after: or(duration(), '72h').describe('one that is older is too old'),
}).refine(ages => ages.error_after >= ages.warn_after, {
  message: 'a duration not shorter than warn_after',
  path: ['error_after'],
})

/** The ages, and whether a person gave them: those of a connector that is imported by hand count only then. */
const ages = freshness
  .nullish()
  .meta({ default: {} })
  .transform(value => ({ ...(value ?? freshness.parse({})), isGiven: value != null }))

/** One connector, as a file or the lake spells it. */
export const connectorSchema = mapping({
  source_bucket: bucket().describe('the bucket that is counted: its name, or a folder'),
  inventory: orNone(inventory),
  scan_mode: or(choice(['aws_inventory', 'sample', 'full']), 'aws_inventory').describe(
    'by its reports, or by listing a sample or all of it',
  ),
  sample_rate: or(fraction(), 0.1).describe('the share of the keys that a sample lists'),
  fallback_to_sample: or(flag(), true).describe('sample the bucket when no report can be read'),
  schedule: or(choice(['manual', 'daily', 'weekly', 'inventory']), 'weekly').describe(
    'how often the daemon imports it; inventory: as reports come',
  ),
  freshness: ages,
  max_rejected: or(percent(), '0.1%').describe('the share of malformed rows that an import bears'),
})

const GLUE_NAME_RULE = 'lower-case letters, digits and "_", up to 128'
const glueName = () => matching(/^[a-z0-9_]{1,128}$/, GLUE_NAME_RULE)

const CATALOG_TYPES = 'who says which state of a table counts: files of the lake, or AWS Glue; for good'

const catalog = z.discriminatedUnion(
  'type',
  [
    mapping({ type: z.literal('files').describe(CATALOG_TYPES) }),
    mapping({
      type: z.literal('glue').describe(CATALOG_TYPES),
      database: glueName().describe("the lake's database in Glue"),
      region: orNone(text()).describe('its region; that of aws unless given'),
    }),
  ],
  'a mapping with the key type',
)

const engine = mapping({
  memory: or(size(), '450MB').describe('for the whole process'),
  threads: or(whole(1, 1024), 2).describe('of DuckDB'),
  transport: or(choice(['auto', 'httpfs', 'staged']), 'auto').describe(
    'how data files on S3 are read: where they are, as copies, or as the checks allow',
  ),
  temp: orNone(text()).describe('a folder for what does not fit into memory'),
  extensions: orNone(text()).describe("a folder with DuckDB's extensions"),
  retries: or(whole(0, 100), 5).describe('of a request that fails in passing'),
})

const aws = mapping({
  region: orNone(text()).describe("the buckets'; that of the environment or the profile unless given"),
  profile: orNone(text()).describe("of AWS's own files of settings"),
  role_arn: orNone(matching(/^arn:/, 'arn:aws:iam::…:role/…')).describe('a role that is taken on'),
  endpoint: orNone(matching(/^https?:\/\/[^/]/, 'https://host:port')).describe('another server that speaks S3'),
  path_style: or(flag(), false).describe("the bucket in the URL's path, as many other servers want it"),
})

const INTERVAL_RULE = 'a number of hours above 0'
const PRICE_RULE = 'a price in USD, from 0'
const price = (name: PriceName) => or(z.number(PRICE_RULE).min(0, PRICE_RULE), DEFAULT_PRICES[name])
const storagePrice = (name: PriceName, where: string) => price(name).describe(`for a month of a GB in ${where}`)
const DAY_RULE = 'a day such as 2026-01-20'
const prices = mapping({
  as_of: orNone(z.iso.date(DAY_RULE)).describe('the day on which these prices were looked up'),
  list_per_thousand: price('list_per_thousand').describe('for a thousand LIST requests'),
  get_per_thousand: price('get_per_thousand').describe('for a thousand GET and HEAD requests'),
  inventory_per_million: price('inventory_per_million').describe('for a million objects that S3 Inventory lists'),
  storage_standard_per_gb_month: storagePrice('storage_standard_per_gb_month', 'STANDARD'),
  storage_reduced_redundancy_per_gb_month: storagePrice(
    'storage_reduced_redundancy_per_gb_month',
    'REDUCED_REDUNDANCY',
  ),
  storage_standard_ia_per_gb_month: storagePrice('storage_standard_ia_per_gb_month', 'STANDARD_IA'),
  storage_onezone_ia_per_gb_month: storagePrice('storage_onezone_ia_per_gb_month', 'ONEZONE_IA'),
  storage_intelligent_frequent_per_gb_month: storagePrice(
    'storage_intelligent_frequent_per_gb_month',
    'the tier FREQUENT of INTELLIGENT_TIERING',
  ),
  storage_intelligent_infrequent_per_gb_month: storagePrice(
    'storage_intelligent_infrequent_per_gb_month',
    'its tier INFREQUENT',
  ),
  storage_intelligent_archive_instant_per_gb_month: storagePrice(
    'storage_intelligent_archive_instant_per_gb_month',
    'its tier ARCHIVE_INSTANT_ACCESS',
  ),
  storage_intelligent_archive_per_gb_month: storagePrice(
    'storage_intelligent_archive_per_gb_month',
    'its tier ARCHIVE',
  ),
  storage_intelligent_deep_archive_per_gb_month: storagePrice(
    'storage_intelligent_deep_archive_per_gb_month',
    'its tier DEEP_ARCHIVE',
  ),
  storage_glacier_ir_per_gb_month: storagePrice('storage_glacier_ir_per_gb_month', 'GLACIER_IR'),
  storage_glacier_per_gb_month: storagePrice('storage_glacier_per_gb_month', 'GLACIER'),
  storage_deep_archive_per_gb_month: storagePrice('storage_deep_archive_per_gb_month', 'DEEP_ARCHIVE'),
  storage_express_onezone_per_gb_month: storagePrice('storage_express_onezone_per_gb_month', 'EXPRESS_ONEZONE'),
  monitoring_per_thousand_month: price('monitoring_per_thousand_month').describe(
    'for a month of a thousand objects that INTELLIGENT_TIERING monitors',
  ),
  catalog_per_hundred_thousand_month: price('catalog_per_hundred_thousand_month').describe(
    "for a month of 100,000 objects in Glue's catalog, above the first million",
  ),
  athena_per_tb: price('athena_per_tb').describe('for a TB that Athena scans'),
} satisfies Record<keyof Prices, unknown>)

/** stocktake.yaml: every key, and no other. What comes out has all defaults, and quantities as numbers. */
export const configSchema = mapping({
  lake: or(lake(), './lake').describe('where the tables and the state are: a folder, or s3://bucket/prefix'),
  catalog: or(catalog, { type: 'files' }).describe('who says which state of a table counts; for good'),
  engine: or(engine, {}),
  connectors: or(z.record(name(), connectorSchema, 'a mapping of names'), {}).describe('the buckets to take stock of'),
  aws: or(aws, {}),
  expectations: or(text(), './data_inventory.yaml').describe('the file that says what should be there'),
  prices: or(prices, {}).describe('USD, over the dated defaults'),
  keep: or(
    mapping({
      daily: or(whole(), 30).describe('days of which the newest snapshot stays'),
      weekly: or(whole(), 12).describe('weeks of which it does'),
      monthly: or(whole(), 24).describe('months of which it does'),
    }),
    {},
  ),
  daemon: or(
    mapping({
      port: or(whole(0, 65_535), 8050).describe('of /healthz, /readyz and /metrics, on this machine; 0 for any'),
      reconcile: or(flag(), true).describe('reconcile, where there is a data_inventory.yaml'),
      interval_hours: or(z.number(INTERVAL_RULE).gt(0, INTERVAL_RULE), 1).describe('between reconciliations'),
      after_cycle: orNone(text()).describe('a command that is told the metrics as JSON'),
    }),
    {},
  ),
  notify: or(channelsSchema(name), []).describe('who is told what has changed'),
  athena: or(
    mapping({
      workgroup: or(text(), 'primary').describe('in which queries run'),
      output: orNone(matching(S3_URL, 's3://bucket/prefix')).describe(
        'where Athena puts results; what the workgroup says unless given',
      ),
      max_scan: orNone(size()).describe('a query that scans more is not begun, or ended'),
    }),
    {},
  ),
  trino: or(
    mapping({
      server: orNone(matching(/^https?:\/\/[^/]/, 'https://host:port')).describe(
        'where Trino is; needed for --engine trino',
      ),
      catalog: or(text(), 'lake').describe("what Trino calls Glue's catalog"),
      user: orNone(text()).describe('as whom it is asked; your own name unless given'),
    }),
    {},
  ),
  publish: or(
    mapping({
      database: orNone(glueName()).describe("Glue's database; of a lake whose catalog is glue it is catalog.database"),
      region: orNone(text()).describe('of Glue; that of aws unless it is given'),
      catalog: or(visible(text()), 'awsdatacatalog').describe(
        "what engines call Glue's catalog, in which views find tables",
      ),
      after_import: or(flag(), false).describe('publish whenever an import or a reconciliation has changed the lake'),
    }),
    {},
  ).describe("what Athena, Trino and Spark see of the lake, by Glue's catalog"),
  streams: or(streamsSchema(name()), {}).describe('records that arrive one by one'),
  tables: or(
    mapping({
      stage: or(z.string(STAGE_RULE).refine(isStage, STAGE_RULE), 'dev').describe(
        'what {stage} in config/tables stands for',
      ),
      slow_query: or(duration(), '30s').describe('queries of tables that take longer are logged and counted'),
      queries_per_month: or(whole(0, 1_000_000_000), 1000).describe('what `tables verify` reckons the cost by'),
    }),
    {},
  ).describe("the lake's own declared tables"),
})

export type ConfigSettings = z.output<typeof configSchema>
export type ConnectorSettings = z.output<typeof connectorSchema>

/** The JSON schema of stocktake.yaml, for editors: the text of config/stocktake.schema.json. */
export function formatConfigSchema(): string {
  return formatJsonSchema(configSchema, { title: 'stocktake.yaml', description: 'The configuration of Stocktake' })
}
