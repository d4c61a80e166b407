import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { NotFoundError, StocktakeError, UsageError } from '../errors.js'
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
}

/** The layout of a lake that this program reads and writes. */
export const LAKE_FORMAT_VERSION = 1

const LAKE_KEY = 'lake.json'

/** lake.json is not what a lake's should be, or is of a later Stocktake. */
export class LakeFormatError extends StocktakeError {}

/** Where a lake was, there is another, or none: what was mounted there may be away. */
export class OtherLakeError extends StocktakeError {}

const lakeDocument = z.object({ formatVersion: z.int().positive(), id: z.uuid(), createdAt: z.iso.datetime() })

/**
 * Makes the place a lake, unless it is one: of two at once, one makes it and both get the same.
 * @returns the lake, and whether this call made it
 * @throws {LakeFormatError}
 */
export async function createLake(store: ObjectStore, now: Date): Promise<{ lake: Lake; isNew: boolean }> {
  const document = { formatVersion: LAKE_FORMAT_VERSION, id: randomUUID(), createdAt: now.toISOString() }
  const isNew = await store.putIfAbsent(LAKE_KEY, new TextEncoder().encode(`${JSON.stringify(document)}\n`))
  return { lake: await openLake(store), isNew }
}

/**
 * @throws {NotFoundError} where there is no lake
 * @throws {LakeFormatError}
 */
export async function openLake(store: ObjectStore): Promise<Lake> {
  const document = parseLake(await readLake(store), store.url)
  return { store, id: document.id, createdAt: new Date(document.createdAt) }
}

/**
 * Reads lake.json again: whether the place still is that lake.
 * @throws {OtherLakeError}
 * @throws {LakeFormatError}
 */
export async function requireSameLake({ store, id }: Pick<Lake, 'store' | 'id'>): Promise<void> {
  const found = await openLake(store).catch((error: unknown) => {
    if (error instanceof NotFoundError) return undefined
    throw error
  })
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
      fix: 'a later Stocktake made this lake: install that one',
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
