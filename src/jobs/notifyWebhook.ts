import { createHmac } from 'node:crypto'
import type { WebhookChannel } from '../config/channel.js'
import { ChannelError, getSecret, type SendEffects } from './notifyError.js'
import { postJson } from './notifyHttp.js'
import { type Message, summarize } from './notifyMessage.js'

/**
 * Posts a message as Standard Webhooks has it (https://www.standardwebhooks.com): a type, a time and data, with
 * `webhook-id`, `webhook-timestamp` and, where there is a secret, `webhook-signature`.
 * @returns what came of it
 * @throws {ChannelError}
 */
export async function sendWebhook(channel: WebhookChannel, message: Message, effects: SendEffects): Promise<string> {
  const body = formatWebhook(message)
  const seconds = Math.floor(effects.now().getTime() / 1000)
  const headers = {
    'webhook-id': message.id,
    'webhook-timestamp': String(seconds),
    ...(channel.secretEnv !== undefined && {
      'webhook-signature': findKeys(channel.secretEnv, channel.name, effects)
        .map(key => sign(`${message.id}.${seconds}.${body}`, key))
        .join(' '),
    }),
  }
  return postJson({ url: channel.url, body, headers }, channel.name, effects)
}

/** The same bytes for the same message. */
export const formatWebhook = (message: Message): string =>
  JSON.stringify({
    type: message.kind === 'test' ? 'stocktake.test' : 'stocktake.changes',
    timestamp: message.at,
    data: {
      lake: message.lake,
      summary: summarize(message),
      notices: message.notices,
      omitted: message.omitted,
    },
  })

const sign = (content: string, key: Uint8Array): string =>
  `v1,${createHmac('sha256', key).update(content).digest('base64')}`

/** Several, parted by spaces, sign each message each: so a receiver can go over from one to the next. */
function findKeys(variable: string, subject: string, effects: SendEffects): Uint8Array[] {
  const keys = getSecret(variable, effects, subject)
    .split(/\s+/)
    .map(secret => secret.replace(/^whsec_/, ''))
    .map(text => (/^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0)))
  if (keys.every(({ length }) => length >= LEAST_BYTES && length <= MOST_BYTES)) return keys
  throw new ChannelError({
    subject,
    expected: `whsec_ and the base64 of ${LEAST_BYTES} to ${MOST_BYTES} bytes in ${variable}`,
    got: 'something else, which is not shown',
    fix: `make one with: echo "whsec_$(openssl rand -base64 32)"`,
  })
}

// As Standard Webhooks wants symmetric keys.
const LEAST_BYTES = 24
const MOST_BYTES = 64
