import { randomBytes } from 'node:crypto'
import type { Channel } from '../config/channel.js'
import { formatErrorFacts, NotFoundError, StocktakeError } from '../errors.js'
import type { Message } from '../jobs/notifyMessage.js'
import { networkSender } from '../jobs/notifySend.js'
import { formatSuggestion } from '../output/suggestion.js'
import type { Check } from '../snapshot/connectorChecks.js'
import { writeChecks } from './checkScreen.js'
import type { Context } from './globals.js'

/**
 * Sends a message that says that it is a test, on each channel, one after the other; the lake isn't touched.
 * @param name of one channel; without it all of them
 * @throws {NotFoundError} where there is no such channel, or none at all
 * @throws {StocktakeError} when one of them doesn't take it, after all lines
 */
export async function testChannels(name: string | undefined, context: Context): Promise<void> {
  await writeChecks(tryChannels(findChannels(name, context.config.notify), context), 'notify test', context)
}

function findChannels(name: string | undefined, channels: readonly Channel[]): readonly Channel[] {
  const found = name === undefined ? channels : channels.filter(channel => channel.name === name)
  if (found.length > 0) return found
  const names = channels.map(channel => channel.name)
  if (name === undefined || names.length === 0)
    throw new NotFoundError({ subject: 'notify', got: 'no channel', fix: 'add one to notify in stocktake.yaml' })
  throw new NotFoundError({
    subject: `channel ${JSON.stringify(name)}`,
    got: 'no such channel',
    fix: formatSuggestion(name, names) ?? `known are ${names.join(', ')}`,
  })
}

async function* tryChannels(channels: readonly Channel[], context: Context): AsyncGenerator<Check> {
  const send = networkSender(context)
  for (const channel of channels) yield await tryChannel(channel, makeTest(context), send, context.signal)
}

function makeTest({ config, now }: Pick<Context, 'config' | 'now'>): Message {
  const id = `msg_${randomBytes(16).toString('hex')}`
  return { id, kind: 'test', at: now(), lake: config.lake ?? '-', notices: [], omitted: 0 }
}

async function tryChannel(
  channel: Channel,
  message: Message,
  send: ReturnType<typeof networkSender>,
  signal: AbortSignal,
): Promise<Check> {
  const check = channel.name
  try {
    const answer = await send(channel, message, signal)
    return { status: 'ok', check, found: `${channel.type}: ${answer}`, fix: null }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof StocktakeError)) throw error
    const { expected, got, fix = null } = error.facts
    return { status: 'fail', check, found: formatErrorFacts({ subject: channel.type, expected, got }), fix }
  }
}
