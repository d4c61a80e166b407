import type { Channel } from '../config/channel.js'
import type { SendEffects } from './notifyError.js'
import type { Message } from './notifyMessage.js'

/**
 * Sends a message on a channel, within a minute.
 * @returns what came of it, in words
 * @throws {ChannelError} when the channel didn't take it; whether it arrived may not be known
 */
export type SendMessage = (channel: Channel, message: Message, signal: AbortSignal) => Promise<string>

/** Sends over the network, with the secrets of an environment. */
export const networkSender =
  (effects: Pick<SendEffects, 'env' | 'now'>): SendMessage =>
  async (channel, message, signal) => {
    if (channel.type === 'email') {
      const { sendMail } = await import('./notifyMail.js')
      return sendMail(channel, message, { ...effects, signal })
    }
    if (channel.type === 'slack') {
      const { sendSlack } = await import('./notifySlack.js')
      return sendSlack(channel, message, { ...effects, signal })
    }
    const { sendWebhook } = await import('./notifyWebhook.js')
    return sendWebhook(channel, message, { ...effects, signal })
  }
