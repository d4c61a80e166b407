import type { AwsConfig } from '../config/config.js'
import type { Catalog } from '../iceberg/catalog.js'
import { type Authority, formatAuthority } from '../lake/authority.js'
import { type CallerIdentity, resolveCredentials } from '../lake/callerIdentity.js'
import { GlueNotFoundError } from '../lake/glueErrors.js'
import { findLake } from '../lake/lake.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { blockCommand, bucketExists, createPrivateBucket, isPublicAccessBlocked } from '../lake/s3Bucket.js'
import type { S3Connection } from '../lake/s3Connection.js'
import type { CredentialsSource } from '../lake/s3Credentials.js'
import { explainError } from '../setup/attempt.js'
import { checkCaller } from '../setup/awsChecks.js'
import { checkLake } from '../setup/lakeCheck.js'
import type { Check } from '../snapshot/connectorChecks.js'
import { lookAt } from './lookAt.js'

export interface PrerequisiteOptions {
  /** The lake as the person named it. */
  readonly place: string
  /** The one that the lake is in; `undefined` for a folder. */
  readonly bucket: string | undefined
  /** A bucket that isn't there is to be created, which nobody else can read. */
  readonly createBucket: boolean
  /** Nothing is written. */
  readonly dryRun: boolean
  readonly aws: AwsConfig
  /** The catalog that the lake is to have. */
  readonly authority: Authority
}

export interface PrerequisiteEffects {
  readonly credentials: CredentialsSource
  readonly askCaller: () => Promise<CallerIdentity>
  readonly openConnection: (bucket: string) => Promise<S3Connection>
  readonly openStore: () => Promise<ObjectStore>
  /** Makes the lake where there is none, and in it or beside it what its catalog needs. */
  readonly makeLake: () => Promise<{ readonly isNew: boolean }>
  readonly openCatalog: (store: ObjectStore) => Promise<Catalog>
  readonly now: () => Date
  /** A name that nobody else has. */
  readonly randomName: () => string
}

/**
 * Looks at what tables need before they can be made, a step after the other: credentials, bucket, lake, catalog. After one
 * that fails the others are left out. The bucket is created if that is wanted; the lake is created where there is none.
 * @returns whether tables can be looked at now
 */
export async function* checkPrerequisites(
  options: PrerequisiteOptions,
  effects: PrerequisiteEffects,
): AsyncGenerator<Check, boolean> {
  const steps = options.bucket === undefined ? [] : [checkCredentials, checkBucket]
  for (const step of [...steps, checkLakePlace, checkCatalog]) {
    const { isEnd, ...check } = await step(options, effects)
    yield check
    if (isEnd || check.status === 'fail') return false
  }
  return true
}

/** A check, and whether nothing more can be looked at, though it didn't fail. */
type Step = Check & { readonly isEnd?: boolean }

const checkCredentials = (
  { aws }: PrerequisiteOptions,
  { credentials, askCaller, now }: PrerequisiteEffects,
): Promise<Step> =>
  lookAt('credentials', async () => checkCaller(await resolveCredentials(credentials), askCaller, aws, now()))

function checkBucket(
  { bucket = '', createBucket, dryRun }: PrerequisiteOptions,
  { openConnection }: PrerequisiteEffects,
): Promise<Step> {
  const check = 'bucket'
  const name = `s3://${bucket}`
  return lookAt<Step>(check, async () => {
    const connection = await openConnection(bucket)
    if (await bucketExists(connection)) return judgeBucket(connection, createBucket)
    const fix = '--create-bucket creates it, with public access blocked'
    if (!createBucket) return { status: 'fail', check, found: `${name}: no such bucket`, fix }
    const region = await connection.s3.config.region()
    if (dryRun)
      return {
        status: 'ok',
        check,
        found: `${name} would be created in ${region}, and all in it`,
        fix: null,
        isEnd: true,
      }
    const isNew = await createPrivateBucket(connection)
    if (!isNew) return judgeBucket(connection, createBucket)
    return { status: 'ok', check, found: `created ${name} in ${region}, public access blocked`, fix: null }
  })
}

/** @param isOurs whether it was to be created: it may be there since a run that failed to block public access to it */
async function judgeBucket(connection: S3Connection, isOurs: boolean): Promise<Check> {
  const [check, found] = ['bucket', `s3://${connection.bucket} can be listed`]
  const isBlocked = await isPublicAccessBlocked(connection)
  if (isBlocked) return { status: 'ok', check, found, fix: null }
  const fix = blockCommand(connection.bucket)
  if (isBlocked === false) return { status: 'warn', check, found: `${found}; public access to it is not blocked`, fix }
  const unknown = `${found}; whether public access to it is blocked can't be told`
  if (!isOurs) return { status: 'ok', check, found: unknown, fix: null }
  return { status: 'warn', check, found: unknown, fix: `see to it that it is; where the server knows it: ${fix}` }
}

function checkLakePlace(
  { place, dryRun, authority }: PrerequisiteOptions,
  { openStore, makeLake, randomName }: PrerequisiteEffects,
): Promise<Step> {
  const check = 'lake'
  return lookAt(
    check,
    async () => {
      const store = await openStore()
      if (dryRun) {
        const lake = await findLake(store, authority)
        const found = lake ? place : `${place}: no lake yet, it would be made`
        return { status: 'ok', check, found, fix: null }
      }
      const { isNew } = await makeLake()
      const looked = await checkLake(place, store, randomName(), authority)
      return isNew ? { ...looked, found: `made ${looked.found}` } : looked
    },
    error => {
      const { found, fix } = explainError(error)
      return { found: found.includes(place) ? found : `${place}: ${found}`, fix }
    },
  )
}

function checkCatalog(
  { authority, dryRun }: PrerequisiteOptions,
  { openStore, openCatalog }: PrerequisiteEffects,
): Promise<Step> {
  const check = 'catalog'
  const name = authority.type === 'files' ? 'files of the lake' : formatAuthority(authority)
  return lookAt<Step>(check, async () => {
    const catalog = await openCatalog(await openStore())
    try {
      let count = 0
      for await (const _ of catalog.list()) count++
      return { status: 'ok', check, found: `${name}, ${count} table${count === 1 ? '' : 's'}`, fix: null }
    } catch (error) {
      if (!dryRun || !(error instanceof GlueNotFoundError)) throw error
      return { status: 'ok', check, found: `${name}: not there yet, it would be made`, fix: null, isEnd: true }
    }
  })
}
