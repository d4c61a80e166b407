import { basename, dirname } from 'node:path'
import { parseSettings, pathName } from '../config/settingsIssues.js'
import { parseYaml, type YamlFile } from '../config/yamlFile.js'
import { type ErrorFacts, formatErrorFacts, UsageError } from '../errors.js'
import { formatSuggestion } from '../output/suggestion.js'
import { DEFAULT_RULES } from './defaultRules.js'
import type { Dataset, Expectations, PriorityRule, StreamExpectation, TaskTemplate } from './expectations.js'
import {
  type DatasetSettings,
  type ExpectationsSettings,
  expectationsSchema,
  type PrioritySettings,
} from './expectationsSchema.js'
import { type DatasetKey, type KeyReading, loadDatasetKey } from './loadDatasetKey.js'
import { listTaskMistakes } from './taskMistakes.js'

export interface ExpectationsEffects {
  /** The known connectors: those of stocktake.yaml and of the lake. */
  readonly connectors: readonly { readonly name: string }[]
  /** Those of stocktake.yaml. */
  readonly streams: readonly { readonly name: string; readonly freshMs: number }[]
  /** A file's text; `undefined` where there is no such file. */
  readonly readText: (path: string) => Promise<string | undefined>
}

/**
 * Reads data_inventory.yaml and the CSV files that it names.
 * @param path absolute; what relative paths in the file are resolved against is its folder
 * @throws {UsageError} where there is no such file; with a line `data_inventory.yaml:12:5: …` for each mistake in it
 */
export async function loadExpectations(path: string, effects: ExpectationsEffects): Promise<Expectations> {
  const text = await effects.readText(path)
  if (text === undefined)
    throw new UsageError({
      subject: path,
      got: 'no such file',
      fix: 'it says what should be there: see docs/expectations.md',
    })
  const yaml = parseYaml(text, basename(path))
  const settings = parseSettings(expectationsSchema, yaml)
  const mistakes: string[] = []
  const reading: Reading = {
    settings,
    folder: dirname(path),
    connectors: effects.connectors.map(({ name }) => name),
    streams: effects.streams,
    loadText: cached(file => effects.readText(file)),
    complain: (at, facts, isKey = false) => mistakes.push(formatMistake(yaml, at, isKey, facts)),
  }
  const datasets: Dataset[] = []
  const streams: StreamExpectation[] = []
  for (const [name, dataset] of Object.entries(settings.datasets)) {
    if (dataset.stream !== undefined) {
      const keys = keysOf(yaml.value, name)
      const loaded = loadStreamDataset(name, { ...dataset, stream: dataset.stream }, keys, reading)
      if (loaded) streams.push(loaded)
      continue
    }
    const loaded = await loadDataset(name, dataset, reading)
    if (loaded) datasets.push(loaded)
  }
  for (const [n, rule] of (settings.priorities ?? []).entries()) requireDatasets(rule, ['priorities', n], reading)
  if (mistakes.length > 0) throw new UsageError({ subject: mistakes.join('\n') })
  return {
    datasets,
    streams,
    rules: settings.priorities?.map(toRule) ?? DEFAULT_RULES,
    tasks: { concurrency: settings.tasks.concurrency, quarantineAfter: settings.tasks.quarantine_after },
  }
}

/** What the parts of one file are read with. */
interface Reading extends KeyReading {
  readonly settings: ExpectationsSettings
  readonly connectors: readonly string[]
  readonly streams: ExpectationsEffects['streams']
  /** @param isKey whether the mistake stands where the last key of the path does, not its value */
  readonly complain: (path: readonly PropertyKey[], facts: Omit<ErrorFacts, 'subject'>, isKey?: boolean) => void
}

const formatMistake = (
  yaml: YamlFile,
  path: readonly PropertyKey[],
  isKey: boolean,
  facts: Omit<ErrorFacts, 'subject'>,
): string => `${yaml.locate(path, isKey)}: ${formatErrorFacts({ subject: pathName(path), ...facts })}`

/** Many datasets may take their values from one file. */
function cached<T>(load: (file: string) => Promise<T>): (file: string) => Promise<T> {
  const known = new Map<string, Promise<T>>()
  return file => {
    const loading = known.get(file) ?? load(file)
    known.set(file, loading)
    return loading
  }
}

/** What a dataset that is a stream may have. */
const STREAM_KEYS = ['stream', 'freshness', 'weight']

/** The keys of a dataset as the file has them. */
const keysOf = (value: unknown, name: string): string[] => {
  const { datasets } = value as { datasets: Readonly<Record<string, object>> } // it was parsed before
  return Object.keys(datasets[name] ?? {})
}

function loadStreamDataset(
  name: string,
  { stream, freshness, weight }: DatasetSettings & { stream: string },
  keys: readonly string[],
  { streams, complain }: Reading,
): StreamExpectation | undefined {
  const path = ['datasets', name]
  for (const key of keys.filter(key => !STREAM_KEYS.includes(key)))
    complain([...path, key], { expected: 'freshness and weight beside stream', got: key }, true)
  const found = streams.find(each => each.name === stream)
  if (found) return { name, stream, weight, freshnessMs: freshness ?? found.freshMs }
  const names = streams.map(each => each.name)
  complain([...path, 'stream'], {
    expected: names.length === 0 ? 'a stream, and stocktake.yaml has none' : `one of ${names.join(', ')}`,
    got: JSON.stringify(stream),
    fix: formatSuggestion(stream, names),
  })
  return undefined
}

async function loadDataset(name: string, settings: DatasetSettings, reading: Reading): Promise<Dataset | undefined> {
  const path = ['datasets', name]
  if (settings.key === undefined) {
    reading.complain(path, { expected: 'the key key, or stream', got: 'neither' }, true)
    return undefined
  }
  const connector = findConnector(settings, path, reading)
  const key = await loadDatasetKey({ ...settings, key: settings.key }, path, reading)
  if (key) requireDates(settings, key, path, reading)
  if (key && settings.task)
    for (const { at, facts } of listTaskMistakes(settings.task, key.template))
      reading.complain([...path, 'task', ...at], facts)
  if (connector === undefined || !key) return undefined
  return {
    name,
    connector,
    key: key.template,
    timeZone: settings.time_zone ?? reading.settings.time_zone,
    weight: settings.weight,
    expect: key.expect,
    partition: settings.partition,
    total: settings.total,
    freshnessMs: settings.freshness,
    allowZeroByte: settings.allow_zero_byte,
    storageClasses: settings.storage_classes,
    allowUnexpected: settings.allow_unexpected,
    companions: settings.companions,
    task: settings.task && toTask(settings.task),
  }
}

/** What is compared with those before it must have a time. */
function requireDates(
  { partition }: DatasetSettings,
  { template }: DatasetKey,
  path: readonly string[],
  { complain }: Reading,
) {
  if ([...template.kinds.values()].some(kind => kind !== 'text')) return
  for (const amount of ['objects', 'bytes'] as const)
    if (partition[amount].ofMedian)
      complain([...path, 'partition', amount, 'of_median'], {
        expected: 'dates in expect, which say what was before',
        got: 'none',
      })
}

function findConnector(
  { connector }: DatasetSettings,
  path: readonly string[],
  { connectors, complain }: Reading,
): string | undefined {
  const [only, ...others] = connectors
  if (connector === undefined && only !== undefined && others.length === 0) return only
  if (connector !== undefined && connectors.includes(connector)) return connector
  const known = connectors.length === 0 ? 'a connector, and stocktake.yaml has none' : `one of ${connectors.join(', ')}`
  if (connector === undefined) complain(path, { expected: `the key connector: ${known}`, got: 'none' }, true)
  else
    complain([...path, 'connector'], {
      expected: known,
      got: JSON.stringify(connector),
      fix: formatSuggestion(connector, connectors),
    })
  return undefined
}

const toTask = (settings: NonNullable<DatasetSettings['task']>): TaskTemplate => {
  const [program = '', ...args] = settings.run
  return {
    run: [program, ...args],
    per: typeof settings.per === 'string' ? [settings.per] : settings.per,
    kinds: settings.kinds,
    passEnv: settings.pass_env,
    env: settings.env,
    cwd: settings.cwd, // what runs it resolves it: tasks are the same wherever the file lies
    timeoutMs: settings.timeout,
    retries: settings.retries,
    atMost: settings.at_most,
  }
}

function requireDatasets({ datasets }: PrioritySettings, path: readonly PropertyKey[], reading: Reading): void {
  const known = Object.keys(reading.settings.datasets)
  for (const [n, name] of (datasets ?? []).entries())
    if (!known.includes(name))
      reading.complain([...path, 'datasets', n], {
        expected: 'the name of a dataset',
        got: JSON.stringify(name),
        fix: formatSuggestion(name, known),
      })
}

const toRule = (settings: PrioritySettings): PriorityRule => ({
  priority: settings.priority,
  kinds: settings.kinds,
  datasets: settings.datasets,
  weight: settings.weight,
  olderThanMs: settings.older_than,
  newerThanMs: settings.newer_than,
  missingShare: settings.missing_share,
})
