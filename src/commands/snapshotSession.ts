import { stat } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { Connector } from '../config/connector.js'
import { NotFoundError } from '../errors.js'
import type { Lake } from '../lake/lake.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { packageVersion } from '../packageFolder.js'
import type { ImportEffects, ImportProgress } from '../snapshot/makeSnapshot.js'
import type { Context } from './globals.js'
import { createLakeOf, type LakeSession, openBucket, openLakeOf, withLake } from './lakeSession.js'

/** A lake that snapshots can be made in. */
export interface SnapshotSession extends LakeSession {
  readonly effects: ImportEffects
}

/** What making a snapshot needs of a command's context. */
export type SnapshotContext = Pick<Context, 'config' | 'now' | 'signal' | 'log' | 'progress' | 'job'>

/** Opens the lake to make snapshots, and creates it where there is none yet. */
export async function withSnapshots<T>(
  context: SnapshotContext,
  act: (session: SnapshotSession) => Promise<T>,
): Promise<T> {
  const { useModelDialect } = await import('../models/duckdbDialect.js')
  const { place, lake } = await makeLake(context)
  const workRoot = workRootOf(context, place, lake.id)
  return withLake(
    context,
    async session => {
      await useModelDialect(session.engine)
      return act({ ...session, effects: { ...session, ...importEffects(context), workRoot } })
    },
    { spillFolder: workRoot },
  )
}

/**
 * Opens the lake, and makes it where there is none, which is told.
 * @throws {NotFoundError} for a job where there is none: the lake that it is of is away, and isn't to be made anew
 */
export async function makeLake(context: SnapshotContext): Promise<{ readonly place: string; readonly lake: Lake }> {
  if (context.job) return openLakeOf(context)
  const { place, lake, isNew, database } = await createLakeOf(context)
  if (database?.isNew) context.log.notice(`made the database ${database.name} in ${database.place}`)
  if (isNew) context.log.notice(`made the lake ${place}`)
  return { place, lake }
}

/**
 * The store of the bucket that a connector counts.
 * @throws {NotFoundError} for a folder that isn't there: all that was in it would look deleted
 */
export async function openSource(
  { name, source }: Connector,
  context: Pick<Context, 'config' | 'signal'>,
): Promise<ObjectStore> {
  if (source.kind === 'folder' && !(await isFolder(source.path)))
    throw new NotFoundError({ subject: source.path, got: 'no such folder', fix: `check source_bucket of ${name}` })
  return openBucket(source, context)
}

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() === true

/** In the lake's own folder, so that finished files are taken over without a copy; elsewhere in a folder of its own. */
export function workRootOf({ config }: Pick<SnapshotContext, 'config'>, place: string, lakeId: string): string {
  if (config.engine.temp === undefined && !place.includes('://')) return join(place, '.tmp-work')
  return join(config.engine.temp ?? tmpdir(), 'stocktake-work', lakeId)
}

const importEffects = ({ now, signal, progress }: SnapshotContext) => ({
  importer: { user: userName(), version: packageVersion() },
  now,
  signal,
  peakMemoryBytes: () => process.resourceUsage().maxRSS * 1024,
  progress: ({ phase, done, total, rows }: ImportProgress) =>
    progress.update({
      ...{ label: phase, done, total },
      unit: phase === 'read' ? 'files' : 'rows',
      ...(rows !== undefined && { tally: { count: rows, unit: 'rows' } }),
    }),
})

/** Who runs this; a container's user may have no name. */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    return 'unknown'
  }
}
