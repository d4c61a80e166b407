import type { Config } from '../config/config.js'
import { UsageError } from '../errors.js'

/** The one catalog that says what the tables of a lake are: the lake's own files, or a database of Glue's. */
export type Authority = { readonly type: 'files' } | { readonly type: 'glue'; readonly database: string }

/**
 * The catalog that the lake of a configuration is to have.
 * @throws {UsageError} where it can't: who reads Glue elsewhere doesn't find a folder of this machine
 */
export function authorityOf({ catalog, lake }: Pick<Config, 'catalog' | 'lake'>): Authority {
  if (catalog.type === 'files') return { type: 'files' }
  if (lake === undefined || lake.startsWith('s3://')) return { type: 'glue', database: catalog.database }
  throw new UsageError({
    subject: 'catalog',
    expected: 'files, for a lake in a folder',
    got: `glue, for ${lake}`,
    fix: 'set lake to s3://bucket/prefix, or catalog to { type: files }',
  })
}

/** As a person would say it: `files`, `Glue, database shop`. */
export const formatAuthority = (authority: Authority): string =>
  authority.type === 'files' ? 'files' : `Glue, database ${authority.database}`
