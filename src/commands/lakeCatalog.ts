import { glueRegion } from '../config/publishedDatabase.js'
import type { Catalog } from '../iceberg/catalog.js'
import { authorityOf } from '../lake/authority.js'
import type { Glue } from '../lake/glue.js'
import type { ObjectStore } from '../lake/objectStore.js'
import type { Context } from './globals.js'
import { waitEffects } from './waitEffects.js'

type CatalogContext = Pick<Context, 'config' | 'now' | 'signal'>

/** The catalog of a lake's store. */
export async function openCatalog(store: ObjectStore, context: CatalogContext): Promise<Catalog> {
  return (await openCatalogs(context))(store)
}

/** What gives the lake's catalog over a store of the lake, which may be one that caches. */
export async function openCatalogs(context: CatalogContext): Promise<(store: ObjectStore) => Catalog> {
  const authority = authorityOf(context.config)
  const effects = { now: context.now }
  if (authority.type === 'files') {
    const { filesCatalog } = await import('../iceberg/filesCatalog.js')
    return store => filesCatalog(store, effects)
  }
  const [{ glueCatalog }, glue] = await Promise.all([import('../iceberg/glueCatalog.js'), openGlueOf(context)])
  return store => glueCatalog(store, glue, authority, effects)
}

/** Glue by the configuration; nothing is asked of it yet. @throws {GlueCredentialsError} where nothing names a region */
export async function openGlueOf({ config, signal }: Pick<Context, 'config' | 'signal'>): Promise<Glue> {
  const [{ openGlue }, { findCredentials }] = await Promise.all([
    import('../lake/openGlue.js'),
    import('../lake/s3Credentials.js'),
  ])
  const { aws, engine } = config
  return openGlue(
    { aws, retries: engine.retries, region: glueRegion(config) },
    { ...waitEffects(signal), credentials: await findCredentials(aws) },
  )
}

/** A database of Glue's that a lake's tables are in. */
export interface LakeDatabase {
  readonly name: string
  /** `Glue in eu-west-1` */
  readonly place: string
  /** Whether it was made just now. */
  readonly isNew: boolean
}

/**
 * Makes the database that a lake's tables are in, where its catalog is Glue and there is none. Other programs that make
 * tables in it put them beside those of Stocktake.
 * @param named the one that a table's own name has; the lake's unless given
 */
export async function makeDatabase(
  store: ObjectStore,
  context: Pick<Context, 'config' | 'signal'>,
  named?: string,
): Promise<LakeDatabase | undefined> {
  const authority = authorityOf(context.config)
  if (authority.type === 'files') return undefined
  const database = named ?? authority.database
  const glue = await openGlueOf(context)
  const place = { name: database, place: glue.place }
  if (await glue.findDatabase(database)) return { ...place, isNew: false }
  const Description = `The tables of the Stocktake lake ${store.url}`
  return {
    ...place,
    isNew: await glue.createDatabase({ Name: database, Description, LocationUri: `${store.url}/tables` }),
  }
}
