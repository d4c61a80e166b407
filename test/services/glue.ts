import { randomBytes } from 'node:crypto'
import type { TableSpec } from '../../src/iceberg/catalog.js'
import { glueCatalog } from '../../src/iceberg/glueCatalog.js'
import type { Glue } from '../../src/lake/glue.js'
import { openGlue } from '../../src/lake/openGlue.js'
import { runPython } from '../oracles/oracles.js'
import { awsOf, openTestStore, quickEffects, type S3Address } from './s3Service.js'

/** A client for Glue on a server, or through a proxy in front of it; its waits are short. */
export const openTestGlue = ({ endpoint, credentials }: S3Address, retries = 5): Promise<Glue> =>
  openGlue({ aws: awsOf(endpoint), retries }, quickEffects(credentials))

export interface GlueLakeOptions {
  readonly bucket: string
  readonly database: string
}

/** A catalog with clients of its own, as another process would have. */
export async function openGlueCatalog(address: S3Address, { bucket, database }: GlueLakeOptions) {
  const store = await openTestStore(address, { bucket, prefix: 'lake' })
  const glue = await openTestGlue(address)
  return { store, glue, catalog: glueCatalog(store, glue, { database }, { now: () => new Date() }) }
}

/** A name of a database that nothing else has. */
export const newDatabase = (): string => `test_${randomBytes(6).toString('hex')}`

/** A table of two columns. */
export const RACED: TableSpec = {
  name: 'raced_v1',
  schema: {
    'schema-id': 0,
    type: 'struct',
    fields: [
      { id: 1, name: 'who', required: false, type: 'string' },
      { id: 2, name: 'at', required: false, type: 'timestamp' },
    ],
  },
  partitionFields: [],
  sortOrder: [],
  properties: {},
}

/** What pyiceberg does with a table through Glue: see glue_table.py. @returns the lines that it prints */
export async function withPyiceberg(
  { endpoint }: S3Address,
  table: string,
  act: 'append' | 'read' | 'create',
  ...more: string[]
): Promise<Record<string, unknown>[]> {
  const text = await runPython('glue_table.py', [endpoint, table, act, ...more])
  return text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
}
