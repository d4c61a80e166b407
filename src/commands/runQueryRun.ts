import { UsageError } from '../errors.js'
import { writeText } from '../output/textWriter.js'
import { answerQuery } from '../web/answerQuery.js'
import { queryOrder } from '../web/queryOrder.js'
import type { World } from './globals.js'

/**
 * Runs the one query that the process which started this one sends, and writes what comes of it to stdout. It reads no
 * configuration, and nothing of the environment.
 * @throws {UsageError} where no process started this one for that
 */
export async function runQueryOfChannel({ openChannel, stdout, signal }: World): Promise<void> {
  const channel = openChannel?.()
  if (!channel)
    throw new UsageError({ subject: 'run-query', expected: 'to be started by a server', fix: 'stocktake serve' })
  await writeText(stdout, answerQuery(queryOrder.parse(await channel.receive()), signal))
}
