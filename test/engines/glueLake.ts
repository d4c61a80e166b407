import { randomBytes } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { glueCatalog } from '../../src/iceberg/glueCatalog.js'
import type { Glue } from '../../src/lake/glue.js'
import { openGlue } from '../../src/lake/openGlue.js'
import { awsOf, createBucket, openTestStore, quickEffects, type S3Address } from '../services/s3Service.js'
import { LIMITS } from '../snapshot/importing.js'
import { type LakeOnS3, openEngineOnS3 } from '../snapshot/lakeOnS3.js'

/** A lake on S3 whose tables are Glue's, in a database of its own. */
export interface GlueLake extends LakeOnS3 {
  readonly glue: Glue
  readonly database: string
}

/** Makes a lake, its database and a bucket for reports, whose names nothing else has. */
export async function openGlueLake(service: S3Address): Promise<GlueLake> {
  const folder = await mkdtemp(join(tmpdir(), 'stocktake glue '))
  const buckets = { lake: await createBucket(service), reports: await createBucket(service) }
  const store = await openTestStore(service, { bucket: buckets.lake, prefix: 'the lake' })
  const glue = await openGlue({ aws: awsOf(service.endpoint), retries: 3 }, quickEffects(service.credentials))
  const database = `lake_${randomBytes(6).toString('hex')}`
  await glue.createDatabase({ Name: database })
  return {
    ...{ folder, buckets, store, glue, database },
    reports: await openTestStore(service, { bucket: buckets.reports }),
    catalog: glueCatalog(store, glue, { database }, { now: () => new Date() }),
    engine: await openEngineOnS3(folder, service, 3),
    limits: LIMITS,
    workRoot: join(folder, 'work'),
  }
}
