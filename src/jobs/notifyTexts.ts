import { isName } from '../config/schema.js'
import { formatDuration } from '../output/quantities.js'
import type { NotifiableFacts } from './notifyFacts.js'
import { messageTime, type Notice, plainText } from './notifyMessage.js'

type ConnectorNews = NotifiableFacts['connectors'][number]
type FailingNews = NotifiableFacts['failing'][number]

/** `photos is stale`. */
export function staleNotice(subject: string, news: ConnectorNews, since: Date, at: Date): Notice {
  const name = plainText(news.connector)
  return {
    ...{ kind: 'stale', subject, since, lines: [] },
    severity: news.state === 'error' ? 'error' : 'warning',
    title: `${name} is ${news.state === 'error' ? 'too old' : 'stale'}`,
    detail: snapshotText(news, at),
    command: withName('import', news.connector),
  }
}

function snapshotText({ snapshot, taken_at }: ConnectorNews, at: Date): string {
  if (snapshot === null) return 'it has no snapshot'
  const ageMs = taken_at === null ? -1 : at.getTime() - taken_at.getTime()
  return `its newest snapshot is ${plainText(snapshot)}${ageMs < 0 ? '' : `, ${formatDuration(ageMs)} old`}`
}

/** `import of photos fails`; of a report that was refused, that. */
export function failingNotice(subject: string, news: FailingNews, at: Date): Notice {
  const isRefused = news.exit_code === REFUSED
  const times = news.failures === 1 ? 'once' : `${news.failures} times in a row`
  const since = `since ${messageTime(news.since)} (${ageText(news.since, at)})`
  const said = plainText((news.message.split('\n')[0] ?? '').replace(/^refused: /, ''), 500)
  return {
    ...{ kind: isRefused ? 'refused' : 'failing', subject, severity: 'error', lines: [], since: news.since },
    title: isRefused ? `${whatText(news)}: a report was refused` : `${whatText(news)} fails`,
    detail: isRefused ? `${said}; the lake is as it was` : `${times} ${since}: ${said}`,
    command: commandOf(news),
  }
}

/** The exit code of what was refused. */
export const REFUSED = 4

/** `reconcile is overdue`. */
export function overdueNotice(subject: string, chain: string, due: Date, { at, last_run }: NotifiableFacts): Notice {
  const last = chain === 'reconcile' && last_run !== null ? `; the last run was ${messageTime(last_run)}` : ''
  return {
    ...{ kind: 'overdue', subject, severity: 'error', lines: [], since: due },
    title: `${plainText(chain)} is overdue`,
    detail: `it should have run at ${messageTime(due)} (${ageText(due, at)} ago)${last}`,
    command: 'stocktake jobs list',
  }
}

/** What became of trouble that is over, and since when there was some. */
export interface Recovery {
  readonly subject: string
  readonly kind: 'stale' | 'failing' | 'refused' | 'overdue'
  readonly since: Date
}

/** `photos is fresh again`, or that nobody looks any more. */
export function recoveredNotice({ subject, kind, since }: Recovery, facts: NotifiableFacts): Notice {
  const name = subject.slice(subject.indexOf(':') + 1)
  const made = { kind: 'recovered' as const, subject, severity: 'ok' as const, lines: [], since, command: null }
  const was = `since ${messageTime(since)}, for ${ageText(since, facts.at)}`
  if (kind === 'stale') {
    const news = facts.connectors.find(({ connector }) => connector === name)
    if (news?.state !== 'fresh')
      return { ...made, title: `${plainText(name)} is no longer watched`, detail: `it had been stale ${was}` }
    const detail = `${snapshotText(news, facts.at)}; it had been stale ${was}`
    return { ...made, title: `${plainText(name)} is fresh again`, detail, command: withName('snapshots', name) }
  }
  const chain = findChain(name, facts)
  const what = chain ? whatText(chain) : plainText(name)
  const detail = `it had ${kind === 'overdue' ? 'been overdue' : 'failed'} ${was}`
  if (!chain?.is_enabled) return { ...made, title: `${what} is no longer scheduled`, detail }
  return { ...made, title: kind === 'overdue' ? `${what} is on time again` : `${what} works again`, detail }
}

/** A chain by its name; by `reconcile:photos`, as one of that bucket. */
function findChain(
  name: string,
  { chains, connectors }: NotifiableFacts,
): NotifiableFacts['chains'][number] | undefined {
  const end = name.indexOf(':')
  const chain = chains.find(({ chain }) => chain === (end < 0 ? name : name.slice(0, end)))
  if (!chain || end < 0) return chain
  const connector = name.slice(end + 1)
  const isThere = connectors.some(each => each.connector === connector)
  return { ...chain, connector, is_enabled: chain.is_enabled && isThere }
}

/** `import of photos`, `reconcile`. */
const whatText = ({ type, connector }: Pick<FailingNews, 'type' | 'connector'>): string =>
  connector === null ? plainText(type) : `${plainText(type)} of ${plainText(connector)}`

function commandOf({ type, connector, exit_code }: FailingNews): string {
  if (connector !== null) return withName(exit_code === REFUSED ? 'snapshots' : 'doctor', connector)
  return type === 'reconcile' ? 'stocktake reconcile' : 'stocktake jobs list'
}

/** A name that could be more than a word to a shell is left out. */
const withName = (command: string, name: string): string =>
  isName(name) ? `stocktake ${command} ${name}` : 'stocktake connectors list'

const ageText = (since: Date, at: Date): string => formatDuration(Math.max(0, at.getTime() - since.getTime()))
