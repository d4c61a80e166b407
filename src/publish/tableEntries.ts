import { ConflictError } from '../errors.js'
import type { Catalog, Table } from '../iceberg/catalog.js'
import { isIcebergEntry, METADATA_LOCATION, PREVIOUS_METADATA_LOCATION, toGlueEntry } from '../iceberg/glueEntry.js'
import { gluePlaceOf } from '../iceberg/glueTable.js'
import { makeMetadataCopy, parseCopyNumber } from '../iceberg/metadataCopy.js'
import { parseMetadataVersion } from '../iceberg/metadataFiles.js'
import type { GlueTable } from '../lake/glue.js'
import { tableComment } from '../lake/glueText.js'
import type { Entry, NamedFile } from './entry.js'
import { isOurs, MARKS } from './published.js'

/** What a table of the lake is called in Glue. */
export interface GlueName {
  readonly database: string
  readonly name: string
}

/** Of a lake's table by its name in the catalog: `database.table` is one of a database of its own, others are in the lake's. */
export function glueName(table: string, lakeDatabase: string): GlueName {
  const { database, table: name } = gluePlaceOf(table, lakeDatabase)
  return { database, name }
}

export interface FollowerOptions extends GlueName {
  readonly lakeId: string
  /** What the table holds, for people. */
  readonly comment: string | undefined
  /** Of a state that Glue is only led through: what Glue has that is as new stays. */
  readonly isStep?: boolean
}

/**
 * A table that Glue follows: its entry names a copy of the metadata file that counted when it was published.
 *
 * Whoever commits to it by Glue makes another metadata file, of which the lake knows nothing; such an entry is refused. One that
 * another publication has taken further than this one knows stays ahead: the table is loaded again.
 */
export function followerEntry(loaded: Table, options: FollowerOptions, catalog: Catalog): Entry {
  const { database, name, lakeId, comment, isStep } = options
  const known = new Known(loaded, catalog)
  const parameters = { [MARKS.lake]: lakeId, [MARKS.kind]: 'table', [MARKS.authority]: 'files' }
  return {
    ...{ kind: 'table', database, name },
    isOurs: found => isOurs(found.parameters, lakeId) || isWithin(found, loaded),
    refuse: async found => {
      if (!isIcebergEntry(found)) return 'it is no Iceberg table any more'
      const location = found.parameters[METADATA_LOCATION] ?? ''
      const version = publishedVersion(found, loaded)
      if (version !== undefined && version <= (await known.atLeast(version)).version) return undefined
      return `another has committed to it by Glue: ${location}`
    },
    make: async found => {
      const version = found && publishedVersion(found, loaded)
      if (isStep && version !== undefined && version >= loaded.version) return { input: { ...found?.raw, Name: name } }
      const table = await known.atLeast(version ?? 0)
      requireInPlace(table)
      const { name: fileName } = makeMetadataCopy(table)
      const metadataLocation = `${metadataFolder(table)}${fileName}`
      const description = followerText(comment, table)
      const options = { name, metadataLocation, parameters, description }
      const file = copyFile(table, fileName)
      if (!found) return { input: toGlueEntry(table.metadata, options), file }
      const input = toGlueEntry(table.metadata, { ...options, previous: withoutMarks(found) })
      const isMoved = found.parameters[METADATA_LOCATION] !== metadataLocation
      return { input: isMoved ? input : { ...input, Parameters: { ...input.Parameters, ...previousOf(found) } }, file }
    },
  }
}

/** What counted before stays what it was as long as nothing else counts. */
function previousOf({ parameters }: GlueTable): Record<string, string> {
  const previous = parameters[PREVIOUS_METADATA_LOCATION]
  return previous === undefined ? {} : { [PREVIOUS_METADATA_LOCATION]: previous }
}

/** The URL of the folder with the table's metadata files, as Iceberg's readers take it, with a slash at its end. */
const metadataFolder = ({ location }: Table): string => `${location}/metadata/`

/** A table's copy of that name. Its bytes are made when it is put: a plan holds many tables. */
function copyFile(table: Table, name: string): NamedFile {
  const { store, metadataKey } = table
  const key = `${metadataKey.slice(0, metadataKey.lastIndexOf('/') + 1)}${name}`
  return {
    isThere: async () => (await store.find(key)) !== undefined,
    put: () => store.put(key, makeMetadataCopy(table).bytes), // also where it is: it is young then, and `maintain` leaves it
  }
}

/** The table as it was loaded, or as it is by now where that isn't new enough. */
class Known {
  #table: Table
  readonly #catalog: Catalog

  constructor(table: Table, catalog: Catalog) {
    this.#table = table
    this.#catalog = catalog
  }

  async atLeast(version: number): Promise<Table> {
    if (this.#table.version < version) this.#table = (await this.#catalog.load(this.#table.name)) ?? this.#table
    return this.#table
  }
}

/**
 * The version of the table that Glue has, by a copy of its metadata file or by that file itself; `undefined` where it has any
 * other file.
 */
export function publishedVersion({ parameters }: GlueTable, table: Table): number | undefined {
  const location = parameters[METADATA_LOCATION] ?? ''
  const folder = metadataFolder(table)
  const isDirect = location.startsWith(folder) && !location.slice(folder.length).includes('/')
  return isDirect ? (parseCopyNumber(location) ?? parseMetadataVersion(location)) : undefined
}

const isWithin = ({ location }: GlueTable, table: Table): boolean => location?.replace(/\/+$/, '') === table.location

/** An earlier publication may have marked it otherwise. */
const withoutMarks = (found: GlueTable): GlueTable => ({
  ...found,
  parameters: Object.fromEntries(Object.entries(found.parameters).filter(([name]) => !name.startsWith('stocktake.'))),
})

const followerText = (comment: string | undefined, { store }: Table): string =>
  `${comment === undefined ? '' : `${comment}. `}A read-only follower of the table in ${store.url}, as new as when it was last published: write to it with Stocktake alone.`

/** Other readers take paths as they stand, which are those of where the table was made. */
function requireInPlace({ name, location, metadata }: Table): void {
  if (metadata.location === location) return
  throw new ConflictError({
    subject: `table ${name}`,
    expected: `a table that was made where it is, in ${location}`,
    got: `one of ${metadata.location}: other engines would look for its files there`,
    fix: 'move the lake back',
  })
}

/** The comment of a table whose catalog Glue is: all else about it is the catalog's. */
export function commentEntry({ database, name, comment }: GlueName & { readonly comment: string }): Entry {
  return {
    ...{ kind: 'table', database, name },
    isOurs: isIcebergEntry,
    refuse: async () => undefined,
    make: async found => ({ input: { ...found?.raw, Name: name, Description: tableComment(comment) } }),
  }
}
