import type { Context } from 'hono'
import type { Collection as ApiCollection } from '../api/collections.js'
import { CollectionChangedError } from '../collections/collections.js'
import { countFiles, type FileCounts } from '../collections/countFiles.js'
import { describeCollections } from '../collections/describeCollections.js'
import type { Job } from '../jobs/job.js'
import { listOpenJobs } from '../jobs/jobQueue.js'
import { findRefresh } from '../jobs/refreshOrder.js'
import { type Collection, listCollections } from '../lake/lakeCollections.js'
import type { Answer } from './answer.js'
import { type AnswerCache, openAnswerCache } from './answerCache.js'
import { makeTag } from './etags.js'
import { RequestRefusedError } from './problems.js'
import type { WebWorld } from './webWorld.js'

// A collection as the API tells it. The tag of a GET has two parts, `"name.files"`: If-Match goes by the first alone, as new
// files are no reason to refuse a name.

/** Tells collections, with what is known of their files. */
export interface CollectionTeller {
  /** @param collections all of the lake unless given; in the order that they are given */
  tell(collections?: readonly Collection[]): Promise<Answer<ApiCollection>[]>
}

/** Counts are made once for each state of the lake. */
export function openCollectionTeller(world: WebWorld): CollectionTeller {
  const cache = openAnswerCache(CACHED_CHARACTERS)
  return {
    async tell(given) {
      const [moment, all, open] = await Promise.all([
        world.reader.look(),
        listCollections(world.store),
        listOpen(world),
      ])
      const collections = given ?? all
      const counts = await countCached(collections, moment, cache, world)
      return describeCollections(collections, all, { ...moment, now: world.now() }, counts).map(each => ({
        collection: each.collection,
        name: each.name,
        connector: each.connector,
        folder: each.folder,
        created_at: each.created_at,
        created_by: each.created_by,
        file_info: each.fileInfo,
        overlaps: each.overlaps.map(({ name }) => name),
        job_id: findRefresh(each, open)?.job_id ?? null,
        etag: collectionTag(each),
      }))
    },
  }
}

/** The counts of ten thousand collections, a few times. */
const CACHED_CHARACTERS = 4_000_000

async function listOpen({ store }: WebWorld): Promise<Job[]> {
  const open: Job[] = []
  for await (const job of listOpenJobs(store)) open.push(job)
  return open
}

async function countCached(
  collections: readonly Collection[],
  { version, receipts }: Awaited<ReturnType<WebWorld['reader']['look']>>,
  cache: AnswerCache,
  { reader }: WebWorld,
): Promise<(FileCounts | undefined)[]> {
  const name = makeTag(version, ...collections.map(({ collection }) => collection))
  const text = await cache.get(name, async () => {
    const counts = await reader.read(effects => countFiles(collections, receipts, effects))
    return JSON.stringify(counts.map(count => count && [String(count.file_count), String(count.total_size_bytes)]))
  })
  const counts = JSON.parse(text) as (readonly [string, string] | null)[]
  return counts.map(count => (count ? { file_count: BigInt(count[0]), total_size_bytes: BigInt(count[1]) } : undefined))
}

/** The tag of what people change of a collection. */
export const collectionTag = ({ collection, version }: Pick<Collection, 'collection' | 'version'>): string =>
  makeTag(collection, String(version))

/** The tag of a GET of a collection. */
export const fullTag = (tag: string, text: string): string => `${tag.slice(0, -1)}.${makeTag(text).slice(1)}`

/**
 * Changes a collection as whoever changes it has seen it.
 * @throws {RequestRefusedError} 412, where If-Match names another state
 */
export async function changeSeen<T>(
  c: Context,
  collection: Collection,
  act: (ifVersion: number) => Promise<T>,
): Promise<T> {
  const wanted = c.req.header('if-match')
  const tag = collectionTag(collection)
  const refuse = (got: string): RequestRefusedError =>
    new RequestRefusedError(412, {
      subject: 'if-match',
      expected: tag,
      got,
      fix: 'load it again: it has changed since',
    })
  if (wanted !== undefined && !isMatch(wanted, tag)) throw refuse(wanted.slice(0, 200))
  try {
    return await act(collection.version)
  } catch (error) {
    throw wanted !== undefined && error instanceof CollectionChangedError ? refuse('another') : error
  }
}

const isMatch = (listed: string, tag: string): boolean =>
  listed.trim() === '*' ||
  listed.split(',').some(
    each =>
      each
        .trim()
        .replace(/\.[\w-]*"$/, '"')
        .replace(/^W\//, '') === tag,
  )
