import { FindingsError } from '../errors.js'
import { loadStreamStatus, type StreamStatus } from '../streams/streamStatus.js'
import { lastRecordText } from '../streams/streamTexts.js'
import type { Context } from './globals.js'
import { openCatalog } from './lakeCatalog.js'
import { openLakeStore } from './lakeSession.js'
import { streamColumns, writeStream } from './streamScreen.js'
import { chooseStream } from './streamsOfConfig.js'

interface StatusFlags {
  readonly name?: string
  readonly failOn?: 'late'
}

/**
 * Writes how the streams of the configuration go, or one of them; without an engine.
 * @throws {NotFoundError} for a stream that there isn't
 * @throws {FindingsError} where one is late, and that is asked for
 */
export async function showStreams({ name, failOn }: StatusFlags, context: Context): Promise<void> {
  const streams = name === undefined ? context.config.streams : [chooseStream(name, context)]
  if (streams.length === 0) {
    context.log.notice('no streams: declare one below streams: in stocktake.yaml')
    return context.write([], streamColumns(context.format))
  }
  const store = await openLakeStore(context)
  const effects = { store, catalog: await openCatalog(store, context), now: context.now }
  const found: StreamStatus[] = []
  for (const stream of streams) found.push(await loadStreamStatus(stream, effects))
  const [first] = found
  if (name !== undefined && first && context.format === 'table') await writeStream(first, context)
  else await context.write(found, streamColumns(context.format))
  if (failOn === 'late') requireFresh(found)
}

/** @throws {FindingsError} */
function requireFresh(found: readonly StreamStatus[]): void {
  const late = found.filter(({ is_late }) => is_late)
  const [first] = late
  if (!first) return
  throw new FindingsError({
    subject: late.map(({ stream }) => stream).join(', '),
    expected: 'a last record no older than freshness',
    got: lastRecordText(first),
    fix: `stocktake streams status ${first.stream}`,
  })
}
