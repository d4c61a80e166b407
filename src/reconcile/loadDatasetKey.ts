import { resolve } from 'node:path'
import type { ErrorFacts } from '../errors.js'
import { CsvError, type CsvTable, parseCsv } from './csvTable.js'
import { type ExpectedValues, MOST_PARTITIONS } from './expectations.js'
import type { DatasetSettings } from './expectationsSchema.js'
import { fitKeyTemplate } from './fitKeyTemplate.js'
import type { KeyTemplate } from './keyTemplate.js'
import { loadExpectedValues } from './loadExpectedValues.js'
import { KeyTemplateError } from './templateParts.js'

/** How a dataset's keys are spelled, and which there should be. */
export interface DatasetKey {
  readonly template: KeyTemplate
  readonly expect: readonly ExpectedValues[]
}

export interface KeyReading {
  /** What relative paths are resolved against. */
  readonly folder: string
  /** A file's text; `undefined` where there is no such file. */
  readonly loadText: (file: string) => Promise<string | undefined>
  /** Tells what is wrong with the settings at a path. */
  readonly complain: (path: readonly PropertyKey[], facts: Omit<ErrorFacts, 'subject'>) => void
}

/**
 * The key template of a dataset with its expected values, those of its CSV files among them.
 * @param path where the dataset stands
 * @returns `undefined` where something was complained about
 */
export async function loadDatasetKey(
  { key, expect }: Pick<DatasetSettings, 'expect'> & { readonly key: string },
  path: readonly string[],
  reading: KeyReading,
): Promise<DatasetKey | undefined> {
  const items = expect === undefined ? [] : Array.isArray(expect) ? expect : [expect]
  const pathOf = (item: number): PropertyKey[] => [...path, 'expect', ...(Array.isArray(expect) ? [item] : [])]
  const loadCsv = (file: string, at: readonly PropertyKey[]) => loadCsvTable(file, at, reading)
  const loaded: ExpectedValues[] = []
  for (const [n, item] of items.entries()) {
    const values = await loadExpectedValues(item, pathOf(n), { loadCsv, complain: reading.complain })
    if (values) loaded.push(values)
  }
  if (loaded.length < items.length) return undefined
  try {
    const template = fitKeyTemplate(key, loaded, (item, name, facts) =>
      reading.complain([...pathOf(item), ...(name === undefined ? [] : [name])], facts),
    )
    return template && { template, expect: loaded }
  } catch (error) {
    if (!(error instanceof KeyTemplateError)) throw error
    const { expected, got, fix } = error.facts
    reading.complain([...path, 'key'], { expected, got, fix })
    return undefined
  }
}

async function loadCsvTable(
  file: string,
  path: readonly PropertyKey[],
  { folder, loadText, complain }: KeyReading,
): Promise<CsvTable | undefined> {
  const place = resolve(folder, file)
  const text = await loadText(place)
  if (text === undefined) {
    complain(path, { expected: 'a CSV file', got: `no such file ${place}` })
    return undefined
  }
  try {
    return parseCsv(text, file, MOST_PARTITIONS)
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    complain(path, { got: error.message })
    return undefined
  }
}
