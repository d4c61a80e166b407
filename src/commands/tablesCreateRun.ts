import { randomBytes } from 'node:crypto'
import { getLakePlace } from '../config/config.js'
import { UsageError } from '../errors.js'
import type { Catalog } from '../iceberg/catalog.js'
import { authorityOf } from '../lake/authority.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { findCredentials } from '../lake/s3Credentials.js'
import { parseS3Url } from '../lake/s3Store.js'
import { countText } from '../output/quantities.js'
import type { Check } from '../snapshot/connectorChecks.js'
import { type Creation, createTable, planCreation } from '../tables/createTable.js'
import type { Difference } from '../tables/differences.js'
import { lookFor } from '../tables/lookAt.js'
import { checkPrerequisites, type PrerequisiteEffects } from '../tables/prerequisites.js'
import type { DeclaredTable } from '../tables/tableSpec.js'
import { audited } from './audited.js'
import { askCaller, openBucketConnection } from './bucketConnection.js'
import { writeChecks } from './checkScreen.js'
import type { Context } from './globals.js'
import { openCatalog } from './lakeCatalog.js'
import { createLakeOf, openPlace } from './lakeSession.js'
import { chooseTables, type TableFlags } from './tablesSession.js'

interface CreateFlags extends TableFlags {
  readonly createBucket?: boolean
  readonly dryRun?: boolean
}

/**
 * Creates declared tables, after looking at what that needs, and tells each step.
 * @throws {StocktakeError} where a step failed, or a table is otherwise than it is declared, after all lines
 */
export async function runCreate(name: string | undefined, flags: CreateFlags, context: Context): Promise<void> {
  const { config } = context
  const declared = await chooseTables(name, flags, context)
  const place = getLakePlace(config)
  const bucket = place.startsWith('s3://') ? parseS3Url(place).bucket : undefined
  if (flags.createBucket && bucket === undefined)
    throw new UsageError({ subject: '--create-bucket', expected: 'a lake on S3', got: place })
  const { createBucket = false, dryRun = false } = flags
  const prerequisites = checkPrerequisites(
    { place, bucket, createBucket, dryRun, aws: config.aws, authority: authorityOf(config) },
    effectsOf(place, context),
  )
  await writeChecks(createAll(declared, prerequisites, { place, dryRun }, context), 'tables create', context)
}

function effectsOf(place: string, context: Context): PrerequisiteEffects {
  let store: Promise<ObjectStore> | undefined
  return {
    credentials: async () => (await findCredentials(context.config.aws))(),
    askCaller: () => askCaller(context),
    openConnection: name => openBucketConnection(name, context),
    openStore: () => {
      store ??= openPlace(place, context)
      return store
    },
    makeLake: () => createLakeOf(context, { isWhole: true }),
    openCatalog: opened => openCatalog(opened, context),
    now: context.now,
    randomName: () => randomBytes(8).toString('hex'),
  }
}

async function* createAll(
  declared: readonly DeclaredTable[],
  prerequisites: AsyncGenerator<Check, boolean>,
  { place, dryRun }: { readonly place: string; readonly dryRun: boolean },
  context: Context,
): AsyncGenerator<Check> {
  if (!(yield* prerequisites)) return
  const catalog = await openCatalog(await openPlace(place, context), context)
  for (const table of declared) {
    const creation = await lookFor(table.name, () =>
      dryRun ? planCreation(table, catalog, context.now()) : create(table, catalog, context),
    )
    if (creation.kind === 'failed') yield creation.check
    else yield* listFindings(table, creation.value, dryRun)
  }
}

const create = (table: DeclaredTable, catalog: Catalog, context: Context): Promise<Creation> =>
  audited(
    { action: 'table create', subject: table.table },
    context,
    () => createTable(table, catalog, context),
    ({ isNew, mended, left }) => ({
      objects: null,
      outcome: isNew || mended.length > 0 ? 'done' : 'unchanged',
      detail: { created: isNew, changed: mended.map(({ what }) => what), differs: left.map(({ what }) => what) },
    }),
  )

function listFindings(table: DeclaredTable, { isNew, mended, left }: Creation, dryRun: boolean): Check[] {
  const say = (status: Check['status'], found: string, fix: string | null = null): Check => ({
    ...{ status, check: table.name, found, fix },
  })
  if (isNew) return [say('ok', `${table.table}: ${dryRun ? 'would be created' : 'created'}, ${shapeOf(table)}`)]
  if (mended.length + left.length === 0) return [say('ok', `${table.table}: is there as declared, nothing to do`)]
  const made = dryRun ? 'would become' : 'is now'
  return [
    ...mended.map(each => say('ok', `${each.what}: ${made} ${each.declared}, was ${each.found}`)),
    ...left.map(each => say(each.isForeign ? 'warn' : 'fail', describeDifference(each), each.fix)),
  ]
}

/** `column note: declared string, found none` */
const describeDifference = ({ what, declared, found }: Difference): string =>
  `${what}: declared ${declared}, found ${found}`

function shapeOf({ columns, partition }: DeclaredTable): string {
  const terms = partition.map(({ column, transform }) =>
    transform === 'identity' ? column : `${transform}(${column})`,
  )
  return `${countText(columns.length, 'column')}, ${terms.length === 0 ? 'no partitions' : `partitioned by ${terms.join(', ')}`}`
}
