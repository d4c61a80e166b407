import { describe, expect, test } from 'vitest'
import { type Config, type ConfigOptions, getLakePlace, loadConfig } from '../../src/config/config.js'
import { UsageError } from '../../src/errors.js'

/** Loads from files that are not there: paths to texts. */
function load(
  files: Record<string, string>,
  options: ConfigOptions = {},
  env: Record<string, string> = {},
  cwd = '/work/deep/er',
): Promise<Config> {
  return loadConfig(options, { cwd, env, readText: async path => files[path] })
}

const parse = (text: string) => load({ '/work/stocktake.yaml': text }, {}, {}, '/work')

/** Every line that the file is refused with. */
async function mistakes(text: string): Promise<string[]> {
  const error = await parse(text).catch(caught => caught)
  expect(error).toBeInstanceOf(UsageError)
  expect(error.exitCode).toBe(2)
  return error.message.split('\n')
}

const full = `
lake: ./lake
catalog: { type: files }
engine: { memory: 450MB, threads: 2, transport: auto, temp: null, extensions: null, retries: 5 }
connectors:
  photos:
    source_bucket: photo-bucket
    inventory:
      destination_bucket: inventory-bucket
      prefix: inventory-reports/
      config_name: weekly-inventory
      format: auto
      fields: {}
    scan_mode: aws_inventory
    sample_rate: 0.1
    fallback_to_sample: true
    schedule: weekly
    freshness: { warn_after: 36h, error_after: 72h }
    max_rejected: 0.1%
aws: { region: eu-west-1, profile: lake, role_arn: null, endpoint: null, path_style: false }
expectations: ./data_inventory.yaml
prices: {}
keep: { daily: 30, weekly: 12, monthly: 24 }
daemon: { port: 8050, reconcile: true, interval_hours: 1, after_cycle: null }
notify: []
athena: { workgroup: primary, output: null }
trino: { server: null, catalog: lake }
publish: { database: null, region: null, catalog: awsdatacatalog, after_import: false }
streams: {}
tables: { stage: dev, slow_query: 30s }
`

const photos = {
  name: 'photos',
  guid: 'con_d68f0b43acf6d58599009d506a',
  source: { kind: 'bucket', name: 'photo-bucket' },
  inventory: {
    destination: { kind: 'bucket', name: 'inventory-bucket' },
    prefix: 'inventory-reports/',
    configName: 'weekly-inventory',
    format: 'auto',
    fields: {},
  },
  scanMode: 'aws_inventory',
  sampleRate: 0.1,
  fallbackToSample: true,
  schedule: 'weekly',
  freshness: { warnAfterMs: 129_600_000, errorAfterMs: 259_200_000, isGiven: false },
  maxRejected: 0.001,
}

const defaults = {
  folder: '/work',
  catalog: { type: 'files' },
  engine: { memoryBytes: 450_000_000, threads: 2, transport: 'auto', retries: 5 },
  aws: { pathStyle: false },
  expectations: '/work/data_inventory.yaml',
  prices: {
    ...{ list_per_thousand: 0.005, get_per_thousand: 0.0004, inventory_per_million: 0.0025 },
    storage_standard_per_gb_month: 0.023,
    storage_reduced_redundancy_per_gb_month: 0.024,
    storage_standard_ia_per_gb_month: 0.0125,
    storage_onezone_ia_per_gb_month: 0.01,
    storage_intelligent_frequent_per_gb_month: 0.023,
    storage_intelligent_infrequent_per_gb_month: 0.0125,
    storage_intelligent_archive_instant_per_gb_month: 0.004,
    storage_intelligent_archive_per_gb_month: 0.0036,
    storage_intelligent_deep_archive_per_gb_month: 0.00099,
    storage_glacier_ir_per_gb_month: 0.004,
    storage_glacier_per_gb_month: 0.0036,
    storage_deep_archive_per_gb_month: 0.00099,
    storage_express_onezone_per_gb_month: 0.11,
    monitoring_per_thousand_month: 0.0025,
    ...{ catalog_per_hundred_thousand_month: 1, athena_per_tb: 5 },
  },
  keep: { daily: 30, weekly: 12, monthly: 24 },
  daemon: { port: 8050, reconcile: true, intervalMs: 3_600_000 },
  notify: [],
  athena: { workgroup: 'primary' },
  trino: { catalog: 'lake' },
  publish: { catalog: 'awsdatacatalog', afterImport: false },
  streams: [],
  tables: { stage: 'dev', slowQueryMs: 30_000, queriesPerMonth: 1000 },
}

describe('the file', () => {
  test('with every key', async () => {
    expect(await parse(full)).toEqual({
      ...defaults,
      file: '/work/stocktake.yaml',
      lake: '/work/lake',
      connectors: [{ ...photos, freshness: { ...photos.freshness, isGiven: true }, declaredAt: 'stocktake.yaml:6:3' }],
      aws: { region: 'eu-west-1', profile: 'lake', pathStyle: false },
    })
  })

  test.each([
    ['an empty one', ''],
    ['comments', '# lake: ./x\n'],
    ['keys without values', 'connectors:\n#  photos:\nengine:\naws:\nkeep: { daily: }\n'],
    ['a byte order mark', '\ufefflake: ./lake\n'],
  ])('%s is all defaults', async (_, text) => {
    expect(await parse(text)).toEqual({ ...defaults, file: '/work/stocktake.yaml', lake: '/work/lake', connectors: [] })
  })

  test('with the line ends of Windows is the same', async () => {
    expect(await parse(full.replaceAll('\n', '\r\n'))).toEqual(await parse(full))
  })

  test('a connector needs no more than its bucket', async () => {
    const { connectors } = await parse('connectors: { photos: { source_bucket: photo-bucket } }')
    expect(connectors).toEqual([{ ...photos, inventory: undefined, declaredAt: 'stocktake.yaml:1:15' }])
  })

  test('relative folders are resolved against the file, wherever it is used from', async () => {
    const text = `
lake: ../lake
engine: { temp: tmp, extensions: /opt/duckdb }
expectations: expected.yaml
connectors:
  demo: { source_bucket: ./demo-bucket/, inventory: { destination_bucket: ., prefix: a, config_name: c } }
`
    const config = await load({ '/work/deep/stocktake.yaml': text })
    expect(config).toMatchObject({
      folder: '/work/deep',
      lake: '/work/lake',
      engine: { temp: '/work/deep/tmp', extensions: '/opt/duckdb' },
      expectations: '/work/deep/expected.yaml',
    })
    expect(config.connectors[0]).toMatchObject({
      source: { kind: 'folder', name: 'demo-bucket', path: '/work/deep/demo-bucket' },
      inventory: { destination: { kind: 'folder', name: 'deep', path: '/work/deep' }, prefix: 'a/' },
      declaredAt: '../stocktake.yaml:6:3',
    })
  })

  test('connectors keep the order of the file', async () => {
    const { connectors } = await parse('connectors: { b: { source_bucket: bbb }, a: { source_bucket: aaa } }')
    expect(connectors.map(({ name }) => name)).toEqual(['b', 'a'])
  })

  test('aliases are values like others', async () => {
    const text = 'connectors:\n  a: &a { source_bucket: aaa }\n  b: *a\n'
    expect((await parse(text)).connectors.map(({ source }) => source.name)).toEqual(['aaa', 'aaa'])
  })
})

describe('where it is found', () => {
  const here = { '/work/deep/stocktake.yaml': 'lake: near', '/work/stocktake.yaml': 'lake: far' }

  test.each<[string, ConfigOptions, Record<string, string>, string]>([
    ['the nearest above', {}, {}, '/work/deep/near'],
    ['the one of --config', { config: '../../stocktake.yaml' }, {}, '/work/far'],
    ['the one of STOCKTAKE_CONFIG', {}, { STOCKTAKE_CONFIG: '/work/stocktake.yaml' }, '/work/far'],
    ['--config over STOCKTAKE_CONFIG', { config: '../stocktake.yaml' }, { STOCKTAKE_CONFIG: '/x' }, '/work/deep/near'],
    ['--lake over all', { lake: 'here' }, { STOCKTAKE_LAKE: 'there' }, '/work/deep/er/here'],
    ['STOCKTAKE_LAKE over the file', {}, { STOCKTAKE_LAKE: 's3://lake-bucket/a/' }, 's3://lake-bucket/a'],
    ['an empty variable is none', {}, { STOCKTAKE_LAKE: '', STOCKTAKE_CONFIG: '' }, '/work/deep/near'],
    ['a file: URL', { lake: 'file:///data/my%20lake' }, {}, '/data/my lake'],
  ])('%s', async (_, options, env, lake) => expect((await load(here, options, env)).lake).toBe(lake))

  test('one that was named must be there', async () => {
    await expect(load(here, { config: 'other.yaml' })).rejects.toThrow('/work/deep/er/other.yaml: no such file')
  })

  test('without any there are the defaults, and a lake only if it is given', async () => {
    const config = await load({}, {}, {}, '/work')
    expect(config).toEqual({ ...defaults, connectors: [], file: undefined, lake: undefined })
    expect(() => getLakePlace(config)).toThrow('lake: expected stocktake.yaml here or in a folder above, or --lake')
    expect(getLakePlace(await load({}, { lake: '/lake' }))).toBe('/lake')
  })

  test.each(['gs://bucket', 's3://', 's3://b'])('--lake %s is refused', async lake => {
    await expect(load({}, { lake })).rejects.toThrow('expected a folder such as ./lake, or s3://bucket/prefix')
  })

  test('STOCKTAKE_STAGE goes over the file', async () => {
    const files = { '/work/stocktake.yaml': 'tables: { stage: prod, slow_query: 1m }' }
    expect((await load(files)).tables).toEqual({ stage: 'prod', slowQueryMs: 60_000, queriesPerMonth: 1000 })
    expect((await load(files, {}, { STOCKTAKE_STAGE: 'test_2' })).tables.stage).toBe('test_2')
    expect((await load(files, {}, { STOCKTAKE_STAGE: '' })).tables.stage).toBe('prod')
    await expect(load(files, {}, { STOCKTAKE_STAGE: 'Prod' })).rejects.toThrow(
      'STOCKTAKE_STAGE: expected lower-case letters, digits and "_", such as dev or prod, got "Prod"',
    )
  })

  test('the variables of AWS go over the file', async () => {
    const env = { AWS_DEFAULT_REGION: 'us-east-2', AWS_PROFILE: 'ops', AWS_ENDPOINT_URL: 'http://127.0.0.1:9000' }
    const files = { '/work/stocktake.yaml': 'aws: { region: eu-west-1, profile: lake, path_style: true }' }
    expect((await load(files, {}, env)).aws).toEqual({
      region: 'us-east-2',
      profile: 'ops',
      endpoint: 'http://127.0.0.1:9000',
      pathStyle: true,
    })
    expect((await load(files, {}, { ...env, AWS_REGION: 'us-west-1' })).aws.region).toBe('us-west-1')
  })
})

describe('a mistake is told with its line and column', () => {
  test.each([
    [
      'shedule: daily',
      '1:1: shedule: unknown key; the keys here are lake, catalog, engine, connectors, aws, expectations, prices, keep, daemon, notify, athena, trino, publish, streams, tables',
    ],
    ['conectors: {}', '1:1: conectors: unknown key; did you mean connectors?'],
    [
      'connectors:\n  photos:\n    source_bucket: photo-bucket\n    shedule: daily\n',
      '4:5: connectors.photos.shedule: unknown key; did you mean schedule?',
    ],
    [
      'connectors:\n  photos: { sourceBucket: photo-bucket }',
      '2:3: connectors.photos.source_bucket: expected the name of a bucket, or a folder such as ./bucket, got none',
      '2:13: connectors.photos.sourceBucket: unknown key; did you mean source_bucket?',
    ],
    [
      'connectors: { a: { source_bucket: aaa, schedule: weekyl } }',
      '1:50: connectors.a.schedule: expected one of manual, daily, weekly, inventory, got "weekyl"; did you mean weekly?',
    ],
    ['engine: { memory: big }', '1:19: engine.memory: expected a size such as 450MB or 2GiB, got "big"'],
    ['engine: { memory: 450 }', '1:19: engine.memory: expected a size such as 450MB or 2GiB, got 450'],
    ['engine: { threads: 0 }', '1:20: engine.threads: expected a whole number from 1 to 1024, got 0'],
    ['engine: { threads: 1.5 }', '1:20: engine.threads: expected a whole number from 1 to 1024, got 1.5'],
    ['engine: 5', '1:9: engine: expected a mapping of keys, got 5'],
    ['lake: gs://bucket/x', '1:7: lake: expected a folder such as ./lake, or s3://bucket/prefix, got "gs://bucket/x"'],
    ['lake: ""', '1:7: lake: expected a folder such as ./lake, or s3://bucket/prefix, got ""'],
    ['- lake', '1:1: settings: expected a mapping of keys, got ["lake"]'],
    ['just a text', '1:1: settings: expected a mapping of keys, got "just a text"'],
    ['catalog: { type: hive }', '1:18: catalog.type: expected one of files, glue, got "hive"'],
    [
      'catalog: { type: glue }',
      '1:1: catalog.database: expected lower-case letters, digits and "_", up to 128, got none',
    ],
    ['catalog: { typ: files }', '1:1: catalog.type: expected one of files, glue, got none'],
    ['aws: { endpoint: "127.0.0.1:9000" }', '1:18: aws.endpoint: expected https://host:port, got "127.0.0.1:9000"'],
    ['keep: { daily: -1 }', '1:16: keep.daily: expected a whole number from 0, got -1'],
    [
      'prices: { list_per_thousand: free }',
      '1:30: prices.list_per_thousand: expected a price in USD, from 0, got "free"',
    ],
    ['prices: { get_per_thousands: 1 }', '1:11: prices.get_per_thousands: unknown key; did you mean get_per_thousand?'],
    ['notify: { type: slack }', '1:9: notify: expected a list, got a mapping'],
    ['notify: [slack]', '1:10: notify[0]: expected a mapping with the key type, got another text'],
    ['connectors: [photos]', '1:13: connectors: expected a mapping of names, got ["photos"]'],
    [
      'connectors: { "a b": { source_bucket: aaa } }',
      '1:15: connectors: expected a name of up to 64 letters, digits, ".", "_" and "-", starting with a letter or digit, got "a b"',
    ],
    [
      'connectors: { a: { source_bucket: s3://bucket } }',
      '1:35: connectors.a.source_bucket: expected the name of a bucket, or a folder such as ./bucket, got "s3://bucket"',
    ],
    [
      'connectors: { a: { source_bucket: aaa, sample_rate: 10 } }',
      '1:53: connectors.a.sample_rate: expected a fraction above 0, up to 1, got 10',
    ],
    [
      'connectors: { a: { source_bucket: aaa, max_rejected: 1 } }', // a percent, or all of them?
      '1:54: connectors.a.max_rejected: expected a percentage from 0% to 100%, such as 0.1%, got 1',
    ],
    [
      'connectors: { a: { source_bucket: aaa, freshness: { warn_after: 4d } } }',
      '1:40: connectors.a.freshness.error_after: expected a duration not shorter than warn_after, got none',
    ],
    ['lake: a\nlake: b', '2:1: expected each key once, got it again'],
    ['lake: !!js/function x', '1:7: unresolved tag: tag:yaml.org,2002:js/function'],
    ['lake: a\n---\nlake: b', '2:1: expected one document, got a second'],
    ['__proto__: { lake: x }', '1:1: __proto__: unknown key'],
    ['engine:\n\tmemory: 1GB', '2:1: tabs are not allowed as indentation'],
  ])('%j', async (text, ...lines) => {
    expect(await mistakes(text)).toEqual(lines.map(line => `stocktake.yaml:${line}`))
  })

  test('every one of them, and not only the first', async () => {
    expect(await mistakes('lake: 5\nengine:\n  memry: 1GB\n  threads: x\nfoo: 1\n')).toHaveLength(4)
  })

  test('aliases that multiply are refused', async () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `  l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`,
    )
    const [line] = await mistakes(`streams:\n  l0: &l0 [x]\n${levels.join('\n')}\n`)
    expect(line).toBe('stocktake.yaml: expected aliases that stay small, got too many of them')
  })

  test('no key of the file is answered in the words of a library', async () => {
    const junk = ['5', 'true', '[]', '{}', '"x"', '-1', '1.5', '{ x: 1 }']
    const keys = [...full.matchAll(/^( *)([a-z_]+):/gm)].filter(([, indent]) => indent === '').map(([, , key]) => key)
    for (const value of junk)
      for (const key of keys) {
        const error = await parse(`${key}: ${value}`).catch(caught => caught)
        if (error instanceof Error) expect(error.message).not.toMatch(/Invalid|Too (small|big)|Unrecognized|undefined/)
      }
  })
})
