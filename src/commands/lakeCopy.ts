import { mkdtemp, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { getLakePlace } from '../config/config.js'
import { NotFoundError, UsageError } from '../errors.js'
import { makeFolder } from '../lake/makeFolder.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { describeProcess } from '../lake/processFacts.js'
import type { Column } from '../output/cells.js'
import { formatBytes, formatCount } from '../output/quantities.js'
import { formatSuggestion } from '../output/suggestion.js'
import {
  type CopiedStage,
  type CopyEffects,
  copyStreams,
  listCopiedStreams,
  type TakeSegment,
} from '../streams/copyStreams.js'
import { takeSegment } from '../streams/takeSegment.js'
import { audited } from './audited.js'
import type { Context } from './globals.js'
import { openCatalog } from './lakeCatalog.js'
import { openLakeStore, openPlace } from './lakeSession.js'
import { isForPeople } from './shown.js'
import { documentEffects } from './tasksOfLake.js'

interface CopyFlags {
  readonly destination: string
  readonly stream?: readonly string[]
  readonly match?: string
  readonly move?: boolean
}

/**
 * Copies streams' segments and Parquet files to another store.
 * @throws {UsageError} for a destination that is the lake itself
 * @throws {NotFoundError} for a stream that the lake has no files of, and the configuration doesn't name
 */
export async function copyLake(flags: CopyFlags, context: Context): Promise<void> {
  const from = await openLakeStore(context)
  const to = await openPlace(placeOf(flags.destination, context), context)
  if (to.url === from.url)
    throw new UsageError({ subject: flags.destination, expected: 'another place', got: 'the lake itself' })
  const streams = await chooseCopied(flags.stream, from, context)
  const temp = context.config.engine.temp ?? tmpdir()
  await makeFolder(temp)
  const tempFolder = await mkdtemp(join(temp, 'stocktake-copy-'))
  try {
    const subject = getLakePlace(context.config)
    const copied = await audited(
      { action: flags.move ? 'move' : 'copy', subject },
      context,
      () => copyAll(streams, flags, { from, to, tempFolder }, context),
      stages => ({ objects: total(stages, 'copied'), detail: { to: to.url, moved: total(stages, 'moved') } }),
    )
    await context.write(copied, columnsOf(context))
    tell(copied, context)
  } finally {
    await rm(tempFolder, { recursive: true, force: true })
  }
}

/** A path is meant from the working folder. */
const placeOf = (destination: string, { cwd }: Context): string =>
  destination.includes('://') ? destination : resolve(cwd, destination)

async function chooseCopied(
  asked: readonly string[] | undefined,
  store: ObjectStore,
  { config }: Context,
): Promise<readonly string[]> {
  const found = await listCopiedStreams(store)
  const known = [...new Set([...found, ...config.streams.map(({ name }) => name)])]
  for (const name of asked ?? [])
    if (!known.includes(name))
      throw new NotFoundError({
        subject: `stream ${name}`,
        expected: known.length === 0 ? 'files of one in the lake' : `one of ${known.join(', ')}`,
        got: 'no such stream',
        fix: formatSuggestion(name, known),
      })
  return asked ? [...new Set(asked)] : found
}

async function copyAll(
  streams: readonly string[],
  { match, move }: CopyFlags,
  places: Pick<CopyEffects, 'from' | 'to' | 'tempFolder'>,
  context: Context,
): Promise<CopiedStage[]> {
  const { progress, signal } = context
  const effects: CopyEffects = {
    ...places,
    signal,
    progress: ({ files, bytes }) =>
      progress.update({ label: 'copy', done: files, unit: `files, ${formatBytes(bytes)}` }),
    ...(move && { takeSegment: await segmentTaker(places.from, context) }),
  }
  const copied: CopiedStage[] = []
  for await (const stage of copyStreams({ streams, ...(match !== undefined && { pattern: match }) }, effects))
    copied.push(stage)
  return copied
}

/** As an etl takes segments. */
async function segmentTaker(store: ObjectStore, context: Context): Promise<TakeSegment> {
  const catalog = await openCatalog(store, context)
  const effects = {
    ...documentEffects(context),
    store,
    runner: await describeProcess(process.pid),
    host: hostname(),
  }
  return (stream, segment, act) => takeSegment(stream, segment, act, { ...effects, catalog })
}

function columnsOf({ format }: Context): readonly Column<CopiedStage>[] {
  const counts: readonly Column<CopiedStage>[] = [
    { name: 'files', kind: 'count' },
    { name: 'bytes', title: 'size', kind: 'bytes' },
    { name: 'copied', kind: 'count' },
    { name: 'copied_bytes', title: 'of', kind: 'bytes' },
    { name: 'same', title: 'there already', kind: 'count' },
  ]
  const rest = ['gone', 'moved', 'kept'] as const
  const stage = { name: 'stage' } as const
  if (!isForPeople(format)) return [{ name: 'stream' }, stage, ...counts, ...rest.map(name => ({ name }))]
  return [{ name: 'stream' }, stage, ...counts, { name: 'moved', kind: 'count' }]
}

const total = (stages: readonly CopiedStage[], name: 'copied' | 'moved' | 'kept' | 'gone' | 'files'): number =>
  stages.reduce((sum, stage) => sum + stage[name], 0)

function tell(stages: readonly CopiedStage[], { log }: Context): void {
  const [kept, gone] = [total(stages, 'kept'), total(stages, 'gone')]
  if (total(stages, 'files') === 0) log.notice('no such files: nothing to copy')
  if (kept > 0) log.notice(`${formatCount(kept)} segments stay, as an etl or ingest has them: run it again later`)
  if (gone > 0) log.notice(`${formatCount(gone)} went meanwhile, as an etl has put their rows into tables`)
}
