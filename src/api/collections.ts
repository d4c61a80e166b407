import { z } from '@hono/zod-openapi'
import { count, next, pageQuery, tableFormat, time } from './shapes.js'

/** Where FileInfo comes from: the newest snapshot or scan that holds the folder. */
export const fileInfoState = z
  .object({
    source: z.enum(['api', 'inventory']).nullable().describe('NULL where nothing has looked at the folder yet'),
    snapshot: z.string().nullable(),
    updated_at: time().nullable(),
    freshness: z.enum(['fresh', 'warn', 'error', 'none']),
    warning: z.string().nullable().describe('what to say where it is stale or a sample'),
    file_count: count().nullable().describe('NULL where nothing has looked at it'),
    total_size_bytes: count().nullable(),
  })
  .openapi('FileInfoState')
export type FileInfoState = z.output<typeof fileInfoState>

export const collection = z
  .object({
    collection: z.string().describe('`col_…`'),
    name: z.string(),
    connector: z.string(),
    folder: z.string(),
    created_at: time(),
    created_by: z.string(),
    file_info: fileInfoState,
    overlaps: z.array(z.string()).describe('names of the collections whose folders hold this one or lie in it'),
    job_id: z.string().nullable().describe('of the refresh that waits or runs'),
    etag: z.string().describe('of its name, for If-Match; whatever becomes of its files'),
  })
  .openapi('Collection')
export type Collection = z.output<typeof collection>

export const collectionList = z.object({ collections: z.array(collection) }).openapi('CollectionList')
export type CollectionList = z.output<typeof collectionList>

export const newCollection = z
  .object({
    folder: z.string().describe('with its slash; empty for the whole bucket'),
    name: z.string().min(1).max(200).optional().describe('the suggested one unless given'),
  })
  .openapi('NewCollection')

export const ofConnector = newCollection
  .extend({ connector: z.string().min(1).describe('its GUID, or its name') })
  .openapi('NewCollectionOfConnector')

export const fromInventory = z
  .object({
    connector: z.string().min(1).describe('its GUID, or its name'),
    folders: z.array(newCollection).min(1).max(1000),
  })
  .openapi('CollectionsFromInventory', {
    example: { connector: 'photos', folders: [{ folder: '2020/Milledgeville, GA/', name: '2020 - Milledgeville GA' }] },
  })
export type FromInventory = z.output<typeof fromInventory>

/** All of them or none: where one cannot be made, a problem says which and why. */
export const createdCollections = z
  .object({ collections: z.array(collection), warnings: z.array(z.string()).describe('overlaps, in words') })
  .openapi('CreatedCollections')
export type CreatedCollections = z.output<typeof createdCollections>

export const suggestQuery = z.object({
  connector: z.string().min(1),
  folder: z
    .union([z.string(), z.array(z.string())])
    .transform(value => [value].flat())
    .describe('once for each folder'),
})
export const suggestions = z
  .object({
    suggestions: z.array(
      z.object({
        folder: z.string(),
        name: z.string(),
        clash: z.string().nullable().describe('what has that name already: a collection, or another of these folders'),
        overlaps: z.array(z.string()).describe('names of the collections whose folders hold it or lie in it'),
      }),
    ),
  })
  .openapi('Suggestions')
export type Suggestions = z.output<typeof suggestions>

export const renameCollection = z.object({ name: z.string().min(1).max(200) }).openapi('RenameCollection')

export const filesQuery = z.object({
  search: z.string().max(200).optional().describe('keys that have this text'),
  ...pageQuery,
  format: tableFormat,
})

/** A row of the view `file_info`, without the collection. */
export const fileInfo = z
  .object({
    key: z.string(),
    size: count().nullable(),
    last_modified: time().nullable(),
    etag: z.string().nullable().describe('without quotes'),
    storage_class: z.string().nullable(),
    checksum_algorithm: z.string().nullable(),
    source: z.enum(['api', 'inventory']),
    updated_at: time(),
  })
  .openapi('FileInfo')
export type FileInfo = z.output<typeof fileInfo>

export const filePage = z
  .object({ file_info: fileInfoState, files: z.array(fileInfo), next: next() })
  .openapi('FilePage')
export type FilePage = z.output<typeof filePage>
