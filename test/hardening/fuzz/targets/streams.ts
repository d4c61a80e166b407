import { messageReader } from '../../../../src/streams/readMessage.js'
import { cutSegment } from '../../../../src/streams/segmentPieces.js'
import { type FuzzTarget, require } from '../fuzzTarget.js'
import { parseStream } from '../parseStream.js'

export const MESSAGES: readonly string[] = [
  '{"channel":"market_trades","client_id":"","timestamp":"2026-01-20T10:00:00.123456789Z","sequence_num":7,"events":[{"type":"update","trades":[{"trade_id":"1","product_id":"BTC-USD","price":"21921.73","size":"0.06317902","side":"BUY","time":"2026-01-20T10:00:00.1Z"}]}]}',
  '{"channel":"heartbeats","timestamp":"2026-01-20T10:00:01Z","sequence_num":8,"events":[{"current_time":"2026-01-20 10:00:01","heartbeat_counter":"3049"}]}',
  '{"channel":"ticker","timestamp":"2026-01-20T10:00:02Z","sequence_num":9007199254740993,"events":[{"type":"snapshot","tickers":[{"type":"ticker","product_id":"BTC-USD","price":"21932.98","volume_24_h":"16038.28770938","low_24_h":"21835.29","high_24_h":"23011.18","price_percent_chg_24_h":"-4.15775596190603","best_bid":"21931.98","best_ask":"21933.98"}]}]}',
  '{"channel":"l2_data","timestamp":"2026-01-20T10:00:03Z","sequence_num":10,"events":[{"type":"snapshot","product_id":"BTC-USD","updates":[{"side":"bid","event_time":"2026-01-20T10:00:03Z","price_level":"21921.73","new_quantity":"0.06317902"}]}]}',
  '{"type":"error","message":"authentication failure"}',
]

export const STREAM_WORDS = [
  ...[
    '"sequence_num":',
    '"heartbeat_counter":',
    '"events":',
    '"channel":',
    '"type":"error"',
    'null',
    '[]',
    '{}',
    '[',
    '{',
  ],
  ...['"trades":', '"price":"', '1e999', '\n', '\r', '\0', '\\u0000', '\\ud800', '"', '2026-13-01T00:00:00Z'],
]

/** What a source sends: any bytes are kept, and what is JSON is kept on one line, as it came. */
const message: FuzzTarget = {
  name: 'stream-message',
  refusals: [],
  dictionary: STREAM_WORDS,
  open: async () => {
    const readers = [
      parseStream('a', { source: 'coinbase', products: ['BTC-USD'] }),
      parseStream('b', { url: 'wss://example.com/a', fields: { sequence: 'events.0.n' } }),
    ].map(messageReader)
    return {
      seeds: MESSAGES.map(each => Buffer.from(each)),
      read(input) {
        for (const read of readers) {
          const found = read(Buffer.from(input))
          if (found.kind === 'text') continue
          require(!/[\r\n]/.test(found.json), 'it takes more than one line')
          require(found.json ===
            Buffer.from(input)
              .toString()
              .replace(/[\r\n]/g, ' '), 'it is another')
          const { sequence } = found
          require(sequence === null || (sequence >= 0 && BigInt(sequence) < 2n ** 63n), 'its number is none')
        }
      },
    }
  },
}

async function* inChunks(bytes: Uint8Array, length: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

/** The lines of a segment, however its bytes arrive: each is there, in its place. */
const segment: FuzzTarget = {
  name: 'stream-segment',
  refusals: [],
  dictionary: STREAM_WORDS,
  open: async () => ({
    seeds: [Buffer.from(MESSAGES.join('\n')), Buffer.from(`${MESSAGES.join('\r\n')}\n`)],
    async read(input) {
      const lines: string[] = []
      let unreadable = 0
      for await (const piece of cutSegment(inChunks(input, 1 + (input.length % 97)))) {
        require(piece.firstLine === lines.length + 1, 'lines are numbered otherwise')
        const texts = Buffer.from(piece.bytes).toString().split('\n')
        require(texts.length === piece.lines, 'a piece has lines of another number')
        unreadable += piece.unreadable.length
        lines.push(...texts)
      }
      const whole = Buffer.from(input)
      const expected = (whole.at(-1) === 10 ? whole.subarray(0, -1) : whole).toString('latin1').split('\n')
      require(input.length === 0 ||
        lines.length === expected.length, `${lines.length} lines instead of ${expected.length}`)
      const kept = lines.filter((line, i) => Buffer.from(line).toString('latin1') === expected[i]).length
      require(input.length === 0 || kept + unreadable >= lines.length, 'a line is another')
    },
  }),
}

export const STREAM_TARGETS: readonly FuzzTarget[] = [message, segment]
