import { randomBytes } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import { createBucket } from '../services/s3Service.js'
import { runOnTrino } from './trinoClient.js'
import { GLUE_CATALOG, HIVE_CATALOG } from './trinoGlue.js'

const servers = inject('trinoGlue')

test.skipIf(!servers)('one name serves Iceberg tables, files of reports and views, as on Athena', async () => {
  if (!servers) return
  const run = async (sql: string) => (await runOnTrino(servers.trino, sql)).rows
  const [bucket, database] = [await createBucket(servers.glue), `t${randomBytes(6).toString('hex')}`]
  await run(`create schema ${GLUE_CATALOG}.${database} with (location = 's3://${bucket}/tables/')`)
  await run(
    `create table ${GLUE_CATALOG}.${database}.objects as select 'ä😀' as key, bigint '9223372036854775807' as size`,
  )
  await run(
    `create table ${HIVE_CATALOG}.${database}.report (key varchar, size varchar)
     with (format = 'CSV', external_location = 's3://${bucket}/report/')`,
  )
  await run(`insert into ${HIVE_CATALOG}.${database}.report values ('a', '1')`)
  await run(
    `create view ${GLUE_CATALOG}.${database}.both as
     select key, size from ${GLUE_CATALOG}.${database}.objects
     union all select key, cast(size as bigint) from ${GLUE_CATALOG}.${database}.report`,
  )
  expect(await run(`select * from ${GLUE_CATALOG}.${database}.both order by 1`)).toEqual([
    ['a', '1'],
    ['ä😀', '9223372036854775807'],
  ])
  expect(await run(`select key from ${HIVE_CATALOG}.${database}.objects`)).toEqual([['ä😀']])
})
