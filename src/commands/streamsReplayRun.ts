import { setTimeout as sleep } from 'node:timers/promises'
import { type ExchangeNews, serveExchange } from '../demo/exchangeServer.js'
import { exchangeSession } from '../demo/exchangeSession.js'
import { makeMarket } from '../demo/market.js'
import { StocktakeError, UsageError } from '../errors.js'
import { countText, formatCount } from '../output/quantities.js'
import { writeText } from '../output/textWriter.js'
import type { Context } from './globals.js'

interface ReplayFlags {
  readonly port: number
  readonly trades: number
  readonly rate: number
  readonly stdout?: boolean
}

/** Serves a made-up exchange until the signal; or writes what it would say. */
export async function replayHere({ port, trades, rate, stdout }: ReplayFlags, context: Context): Promise<void> {
  requireNumber('--port', port, Number.isInteger(port) && port >= 0 && port < 65_536, 'a port')
  requireNumber('--trades', trades, Number.isInteger(trades) && trades > 0, 'a whole number from 1')
  requireNumber('--rate', rate, rate > 0 && Number.isFinite(rate), 'a number above 0')
  if (stdout) return writeText(context.stdout, listMessages(trades))
  const { log, signal } = context
  const effects = {
    elapsedMs: () => performance.now(),
    sleep: (ms: number, until: AbortSignal) => sleep(ms, undefined, { signal: until }),
    signal,
    told: (news: ExchangeNews) => log.notice(newsLine(news)),
  }
  try {
    await serveExchange({ port, trades, tradesPerSecond: rate }, effects)
  } catch (error) {
    throw takenPort(error, port)
  }
}

/** @throws {UsageError} */
function requireNumber(subject: string, value: number, isGood: boolean, expected: string): void {
  if (!isGood) throw new UsageError({ subject, expected, got: String(value) })
}

function takenPort(error: unknown, port: number): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  const got = error.code === 'EADDRINUSE' ? 'another program listens there' : error.message
  return new StocktakeError({ subject: `port ${port}`, expected: 'to be free', got, fix: 'choose another with --port' })
}

/** What one who subscribed to everything before the first trade is told; heartbeats come by time, and are left out. */
function* listMessages(trades: number): Generator<string> {
  const market = makeMarket()
  const session = exchangeSession(market)
  const lines = (messages: readonly string[]): string => messages.map(message => `${message}\n`).join('')
  for (const channel of ['ticker', 'level2', 'market_trades'])
    yield lines(session.receive(JSON.stringify({ type: 'subscribe', channel })))
  for (let trade = 0; trade < trades; trade++) yield lines(session.tell(market.step()))
}

function newsLine(news: ExchangeNews): string {
  switch (news.kind) {
    case 'serving':
      return `serving    ${news.url}: trades happen while somebody has subscribed`
    case 'all sent':
      return `all sent   ${countText(news.sent, 'trade')}; heartbeats go on, stop with Ctrl-C`
    case 'connected':
      return `connected  a client, after ${formatCount(news.sent)} trades`
    case 'disconnected':
      return `gone       a client, after ${formatCount(news.sent)} trades`
  }
}
