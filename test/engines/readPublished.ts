import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import type { Engine } from '../../src/engine/engine.js'
import { quoteIdentifier, quoteString } from '../../src/engine/sqlText.js'
import type { Catalog } from '../../src/iceberg/catalog.js'
import { METADATA_LOCATION } from '../../src/iceberg/glueEntry.js'
import { selectLoaded } from '../../src/snapshot/lakeTables.js'
import { duckdbExtension, duckdbProgram, runPython } from '../oracles/oracles.js'
import type { PublishPlace } from '../publish/publishPlace.js'
import { compareReads, type Read, readOnSpark, readOnTrino, readSelect } from './readRows.js'
import { GLUE_CATALOG } from './trinoGlue.js'

const run = promisify(execFile)

/** Tables in Glue, and what reads them. */
export interface Published {
  readonly place: PublishPlace
  /** Stocktake's own. */
  readonly catalog: Catalog
  readonly engine: Engine
  readonly trino: string
  readonly spark: string
  /** A catalog of Spark's over that Glue. */
  readonly sparkCatalog: string
}

/**
 * Expects that the others see what Stocktake sees of tables.
 * @param tables by Stocktake's names; `DATABASE.TABLE` of declared ones
 * @returns what they see of each
 */
export async function expectSameReads(tables: readonly string[], published: Published): Promise<readonly Read[]> {
  const names = tables.map(name => (name.includes('.') ? name : `${published.place.database}.${name}`))
  await Promise.all([writeByPyiceberg(names, published), writeByDuckDB(names, published)])
  const reads: Read[] = []
  for (const [i, name] of names.entries()) {
    const expected = await readByStocktake(tables[i] ?? '', published)
    const found = {
      pyiceberg: await readSelect(selectWritten('pyiceberg', name, published), published.engine),
      DuckDB: await readSelect(selectWritten('duckdb', name, published), published.engine),
      Trino: await readOnTrino(published.trino, `${GLUE_CATALOG}.${quoteName(name)}`),
      Spark: await readOnSpark(published.spark, sparkName(name, published)),
    }
    for (const [reader, read] of Object.entries(found)) {
      const { got, wanted } = compareReads(expected, read)
      expect({ reader, name, ...got }).toEqual({ reader, name, ...wanted })
    }
    reads.push(expected)
  }
  return reads
}

async function readByStocktake(name: string, { catalog, engine }: Published): Promise<Read> {
  const table = await catalog.load(name)
  if (!table) throw new Error(`${name}: no such table`)
  return readSelect(await selectLoaded(table, []), engine)
}

/** The name of a table for Spark's statements. @param name `DATABASE.TABLE` */
export const sparkName = (name: string, { sparkCatalog }: Pick<Published, 'sparkCatalog'>): string =>
  [sparkCatalog, ...name.split('.')].map(part => `\`${part}\``).join('.')

const quoteName = (name: string): string => name.split('.').map(quoteIdentifier).join('.')

/** Where a reader that is a program puts what it has read: pyiceberg by this name as well, see glue_rows.py. */
const writtenPath = (reader: 'pyiceberg' | 'duckdb', name: string, { place }: Published): string =>
  join(place.folder, `${reader} ${name}.parquet`)

const selectWritten = (reader: 'pyiceberg' | 'duckdb', name: string, published: Published): string =>
  `select * from read_parquet(${quoteString(writtenPath(reader, name, published))})`

/** By its own catalog over Glue. */
const writeByPyiceberg = (names: readonly string[], { place }: Published): Promise<string> =>
  runPython('glue_rows.py', ['read', place.service.endpoint, place.folder, ...names])

/** By its extension, of the metadata file that Glue names. */
async function writeByDuckDB(names: readonly string[], published: Published): Promise<void> {
  const { service, glue } = published.place
  const copies: string[] = []
  for (const name of names) {
    const [database = '', table = ''] = name.split('.')
    const location = (await glue.findTable(database, table))?.parameters[METADATA_LOCATION] ?? ''
    const path = quoteString(writtenPath('duckdb', name, published))
    copies.push(`copy (select * from iceberg_scan(${quoteString(location)})) to ${path} (format parquet)`)
  }
  const secret = [
    'type s3',
    `key_id ${quoteString(service.credentials.accessKeyId)}`,
    `secret ${quoteString(service.credentials.secretAccessKey)}`,
    `endpoint ${quoteString(new URL(service.endpoint).host)}`,
    "url_style 'path'",
    'use_ssl false',
    "region 'us-east-1'",
  ]
  const loads = (['httpfs', 'avro', 'iceberg'] as const).map(each => `load ${quoteString(duckdbExtension(each))}`)
  await run(duckdbProgram(), ['-c', `${[...loads, `create secret (${secret.join(', ')})`, ...copies].join(';\n')};`])
}
