import type { Collection } from '../lake/lakeCollections.js'
import type { Job } from './job.js'
import type { SnapshotOrder } from './snapshotOrders.js'

/** A listing of a collection's folder: its FileInfo is of that then, and so is that of others which have it in common. */
export const planRefresh = ({ connector, folder }: Pick<Collection, 'connector' | 'folder'>): SnapshotOrder => ({
  type: 'refresh',
  connector,
  params: { prefix: folder },
})

/** The refresh of a collection's folder, or of one that holds it, among jobs that wait or run. */
export const findRefresh = (
  { connector, folder }: Pick<Collection, 'connector' | 'folder'>,
  open: readonly Job[],
): Job | undefined =>
  open.find(
    job =>
      job.type === 'refresh' &&
      job.connector === connector &&
      typeof job.params.prefix === 'string' &&
      folder.startsWith(job.params.prefix),
  )
