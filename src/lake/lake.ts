import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { NotFoundError, StocktakeError, UsageError } from '../errors.js'
import { packageVersion } from '../packageFolder.js'
import { type Authority, formatAuthority } from './authority.js'
import { DocumentFormatError } from './documentFormat.js'
import { type DocumentPlace, listDocuments, loadDocument, loadDocuments, type NamedDocument } from './documents.js'
import { FolderStore } from './folderStore.js'
import { ObjectNotFoundError, type ObjectStore, readText } from './objectStore.js'
import { parseJson } from './parseJson.js'

/** Where Stocktake keeps its tables and its state. */
export interface Lake {
  readonly store: ObjectStore
  readonly id: string
  readonly createdAt: Date
  readonly authority: Authority
}

/**
 * The newest layout of a lake that this program reads and writes; it does so with every older one, as a lake of the oldest shows
 * that is kept beside the tests.
 */
export const LAKE_FORMAT_VERSION = 2

/** The layouts by their catalogs: a program that knows no other than files refuses a lake whose catalog is Glue. */
const FORMAT_OF = { files: 1, glue: 2 } as const

const LAKE_KEY = 'lake.json'

/** lake.json is not what a lake's should be, or is of a later Stocktake. */
export class LakeFormatError extends StocktakeError {}

/** Where a lake was, there is another, or none: what was mounted there may be away. */
export class OtherLakeError extends StocktakeError {}

/** The lake's tables are in another catalog than the one that was asked for: what that has would be a second truth. */
export class LakeAuthorityError extends UsageError {}

const lakeDocument = z.object({
  formatVersion: z.int().positive(),
  id: z.uuid(),
  createdAt: z.iso.datetime(),
  catalog: z.object({ type: z.literal('glue'), database: z.string().min(1) }).optional(),
})

/**
 * Makes the place a lake, unless it is one: of two at once, one makes it and both get the same.
 * @returns the lake, and whether this call made it
 * @throws {LakeFormatError}
 * @throws {LakeAuthorityError} where it is one with another catalog
 */
export async function createLake(
  store: ObjectStore,
  now: Date,
  authority: Authority = { type: 'files' },
): Promise<{ lake: Lake; isNew: boolean }> {
  const document = {
    formatVersion: FORMAT_OF[authority.type],
    ...{ id: randomUUID(), createdAt: now.toISOString() },
    ...(authority.type === 'glue' && { catalog: authority }),
  }
  const isNew = await store.putIfAbsent(LAKE_KEY, new TextEncoder().encode(`${JSON.stringify(document)}\n`))
  return { lake: await openLake(store, authority), isNew }
}

/**
 * @param authority the lake's catalog is to be that one; any unless given
 * @throws {NotFoundError} where there is no lake
 * @throws {LakeFormatError}
 * @throws {LakeAuthorityError}
 */
export async function openLake(store: ObjectStore, authority?: Authority): Promise<Lake> {
  const { id, createdAt, catalog } = parseLake(await readLake(store), store.url)
  const lake: Lake = { store, id, createdAt: new Date(createdAt), authority: catalog ?? { type: 'files' } }
  if (authority) requireAuthority(lake, authority)
  return lake
}

/** As {@link openLake}; `undefined` where there is no lake. */
export async function findLake(store: ObjectStore, authority?: Authority): Promise<Lake | undefined> {
  return openLake(store, authority).catch((error: unknown) => {
    if (error instanceof NotFoundError) return undefined
    throw error
  })
}

/**
 * The layout that a lake says it has.
 * @throws {NotFoundError} where there is no lake
 * @throws {LakeFormatError}
 */
export async function loadLakeFormat(store: ObjectStore): Promise<number> {
  return parseLake(await readLake(store), store.url).formatVersion
}

function requireAuthority(lake: Lake, asked: Authority): void {
  const [is, expected] = [formatAuthority(lake.authority), formatAuthority(asked)]
  if (is === expected) return
  const { authority } = lake
  const yaml = authority.type === 'files' ? '{ type: files }' : `{ type: glue, database: ${authority.database} }`
  throw new LakeAuthorityError({
    subject: lake.store.url,
    expected: `a lake whose catalog is ${expected}`,
    got: `one whose catalog is ${is}`,
    fix: `set catalog to ${yaml}, or lake to another place: a lake keeps the catalog that it was made with`,
  })
}

/**
 * Reads lake.json again: whether the place still is that lake.
 * @throws {OtherLakeError}
 * @throws {LakeFormatError}
 */
export async function requireSameLake({ store, id }: Pick<Lake, 'store' | 'id'>): Promise<void> {
  const found = await findLake(store)
  if (found?.id === id) return
  throw new OtherLakeError({
    subject: store.url,
    expected: `the lake ${id}`,
    got: found ? `the lake ${found.id}` : 'no lake there',
    fix: 'mount it again, or start the daemon again for what is there now',
  })
}

/**
 * As {@link loadDocuments}, and those that can't be read are passed over: a later Stocktake may have written them.
 * @param unreadable is told of each of them
 */
export async function* loadReadable<T>(
  root: DocumentPlace<T>,
  unreadable: (error: DocumentFormatError) => void,
): AsyncIterable<NamedDocument<T>> {
  const done = new Set<string>()
  try {
    for await (const document of loadDocuments(root)) {
      done.add(document.name)
      yield document
    }
    return
  } catch (error) {
    if (!(error instanceof DocumentFormatError)) throw error
  }
  // Several are read at once, of which one can't be: what is left is read one by one.
  for await (const { name } of listDocuments(root.store, root.folder)) {
    if (done.has(name)) continue
    const value = await loadDocument({ ...root, folder: `${root.folder}/${name}` }).catch((error: unknown) => {
      if (!(error instanceof DocumentFormatError)) throw error
      unreadable(error)
      return undefined
    })
    if (value !== undefined) yield { name, value }
  }
}

/**
 * The store at a place: a folder's path or `file:` URL.
 * @throws {UsageError} for a place of a kind that isn't known
 */
export function openStore(place: string): ObjectStore {
  if (place.startsWith('file://')) return new FolderStore(fileURLToPath(place))
  if (!place.includes('://')) return new FolderStore(place)
  throw new UsageError({ subject: place, expected: 'a folder', got: 'a place that this version cannot open yet' })
}

async function readLake(store: ObjectStore): Promise<string> {
  try {
    return await readText(store, LAKE_KEY)
  } catch (cause) {
    if (!(cause instanceof ObjectNotFoundError)) throw cause
    throw new NotFoundError({ subject: store.url, got: 'no lake there', fix: '`stocktake init` creates it', cause })
  }
}

function parseLake(text: string, url: string): z.output<typeof lakeDocument> {
  const subject = `${url}/${LAKE_KEY}`
  const json = parseJson(text)
  const version = z.object({ formatVersion: z.int() }).safeParse(json)
  if (version.success && version.data.formatVersion > LAKE_FORMAT_VERSION)
    throw new LakeFormatError({
      subject,
      expected: `format version ${LAKE_FORMAT_VERSION} at most`,
      got: String(version.data.formatVersion),
      fix: `a later Stocktake made this lake: install that one; this is ${packageVersion()}`,
    })
  const parsed = lakeDocument.safeParse(json)
  if (parsed.success) return parsed.data
  throw new LakeFormatError({
    subject,
    expected: '{"formatVersion":1,"id":…,"createdAt":…}',
    got: JSON.stringify(text.slice(0, 80)),
    cause: parsed.error,
  })
}
