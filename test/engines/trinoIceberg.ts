import { randomUUID } from 'node:crypto'
import { quoteString } from '../../src/engine/sqlText.js'
import type { Table } from '../../src/iceberg/catalog.js'
import { runOnTrino } from './trinoClient.js'
import { TRINO_CATALOG } from './trinoServer.js'

const SCHEMA = `${TRINO_CATALOG}.registered`

/** Makes Trino know a table as it is now. @returns the name for statements: new each time */
export async function registerOnTrino(url: string, table: Table): Promise<string> {
  await runOnTrino(url, `create schema if not exists ${SCHEMA}`)
  const name = `t${randomUUID().replaceAll('-', '')}`
  const file = table.metadataKey.slice(table.metadataKey.lastIndexOf('/') + 1)
  const call = ['registered', name, table.location, file].map(quoteString).join(', ')
  await runOnTrino(url, `call ${TRINO_CATALOG}.system.register_table(${call})`)
  return `${SCHEMA}.${name}`
}

/** The name of the metadata file that Trino committed last. @param name as `registerOnTrino` gave it */
export async function findTrinoMetadata(url: string, name: string): Promise<string> {
  const [table] = name.split('.').slice(-1)
  const log = `${SCHEMA}."${table}$metadata_log_entries"`
  const { rows } = await runOnTrino(url, `select file from ${log} order by timestamp desc, file desc limit 1`)
  return String(rows[0]?.[0]).split('/').at(-1) ?? ''
}
