import type { SlackChannel } from '../config/channel.js'
import type { SendEffects } from './notifyError.js'
import { postJson } from './notifyHttp.js'
import { footText, type Message, messageLines, type Notice, omittedText, summarize } from './notifyMessage.js'

/**
 * Posts a message to an incoming webhook of Slack.
 * @returns what came of it
 * @throws {ChannelError}
 */
export const sendSlack = (channel: SlackChannel, message: Message, effects: SendEffects): Promise<string> =>
  postJson({ url: channel.url, body: formatSlack(message), headers: {} }, channel.name, effects)

/** Slack takes 50 blocks, and texts of 3,000 characters; people take less. */
const SHOWN_NOTICES = 15
const MOST_CHARACTERS = 2_900

/** Blocks, and a text for where these aren't shown. All of it is plain text: names are never taken for markup. */
export function formatSlack(message: Message): string {
  const more = omittedText(message, SHOWN_NOTICES)
  const text = [`Stocktake: ${summarize(message)}`, ...messageLines(message, SHOWN_NOTICES)].join('\n')
  return JSON.stringify({
    text: escapeSlack(text),
    mrkdwn: false,
    blocks: [
      { type: 'header', text: plain(summarize(message), 150) },
      ...message.notices.slice(0, SHOWN_NOTICES).map(({ title, severity, ...notice }) => ({
        type: 'section',
        text: plain([`${MARKS[severity]} ${title}`, ...noticeLines(notice)].join('\n')),
      })),
      { type: 'context', elements: [...(more === undefined ? [] : [plain(more)]), plain(footText(message))] },
    ],
  })
}

const MARKS: Readonly<Record<Notice['severity'], string>> = { error: '🔴', warning: '🟡', ok: '🟢' }

const noticeLines = ({ detail, lines, command }: Pick<Notice, 'detail' | 'lines' | 'command'>): string[] =>
  [detail, ...lines, ...(command === null ? [] : [`› ${command}`])].filter(line => line !== '')

const plain = (text: string, most = MOST_CHARACTERS): object => ({
  type: 'plain_text',
  text: escapeSlack(text, most),
  emoji: false,
})

/**
 * The three characters that Slack reads as control characters, also where there is no markup.
 * @param most characters of the text that comes out; whole ones
 */
function escapeSlack(text: string, most = Number.POSITIVE_INFINITY): string {
  const escaped = [...text].map(character => ENTITIES[character] ?? character)
  let length = 0
  const end = escaped.findIndex(piece => {
    length += piece.length
    return length > most
  })
  return end < 0 ? escaped.join('') : `${escaped.slice(0, Math.max(0, end - 1)).join('')}…`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
