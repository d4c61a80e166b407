import { join } from 'node:path'
import type { DuckDB } from '../../src/engine/duckdb.js'
import { loadHttpfs, openS3Access } from '../../src/engine/httpfs.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'
import type { Transport } from '../../src/snapshot/remoteFiles.js'

/** How data files are read: the import cases are run on folders, and on S3 with both transports. */
const TRANSPORT = (process.env.STOCKTAKE_TEST_TRANSPORT ?? 'folder') as 'folder' | 'staged' | 'httpfs'

// Loaded where they are needed: importers in processes of their own have folders, and no vitest.
const service = TRANSPORT === 'folder' ? null : (await import('vitest')).inject('s3')

/** Whether lakes and reports are on S3. */
const isOnS3 = service !== null

/** Whether DuckDB reads all it can where it is: it doesn't unpack, nor look at MD5s, but at ETags. */
export const isHttpfs = isOnS3 && TRANSPORT === 'httpfs'

/** Opens a lake's store and that of reports: two folders of this one, or new buckets. */
export async function openPlaces(folder: string): Promise<{ store: ObjectStore; reports: ObjectStore }> {
  if (!service)
    return { store: new FolderStore(join(folder, 'lake')), reports: new FolderStore(join(folder, 'reports')) }
  const { createBucket, openTestStore } = await import('../services/s3Service.js')
  const [lake, reports] = [await createBucket(service), await createBucket(service)]
  return {
    store: await openTestStore(service, { bucket: lake, prefix: 'the lake/it is' }),
    reports: await openTestStore(service, { bucket: reports }),
  }
}

/** Lets an engine read what the stores hold. */
export async function openAccess(engine: DuckDB): Promise<void> {
  if (!service) return
  const { duckdbExtension } = await import('../oracles/oracles.js')
  const found = await loadHttpfs(engine, duckdbExtension('httpfs').replace(/\/[^/]*$/, ''))
  if (found.kind === 'absent') throw new Error(found.reason)
  await openS3Access(
    engine,
    { region: 'us-east-1', endpoint: service.endpoint, pathStyle: true, credentials: async () => service.credentials },
    { retries: 3, timeoutMs: 20_000 },
  )
}

export const transport: Transport = {
  mode: isHttpfs ? 'httpfs' : 'staged',
  openHttpfs: async () => true,
}
