import type { Chain } from '../jobs/chain.js'
import type { DaemonEvent, TroubleKind } from '../jobs/daemonEffects.js'
import type { PlannedChain } from '../jobs/daemonPlan.js'
import { formatNotifyEvent } from '../jobs/notify.js'
import { streamWorkName } from '../jobs/streamProcess.js'
import type { Column } from '../output/cells.js'
import type { Format } from '../output/format.js'
import { formatDuration } from '../output/quantities.js'
import { agentLine } from './agentScreen.js'
import type { Context } from './globals.js'
import { isForPeople, shownTime } from './shown.js'

/** Tells what a daemon does, a line for each event; journals add the times. */
export const daemonTeller =
  ({ log, now }: Pick<Context, 'log' | 'now'>, graceMs: number) =>
  (event: DaemonEvent): void => {
    const trouble = troubleText(event)
    if (trouble !== undefined) log.warn(trouble)
    else for (const line of eventLines(event, graceMs, now())) log.notice(line)
  }

/** What a person should know even where it is quiet. */
function troubleText(event: DaemonEvent): string | undefined {
  if (event.kind === 'trouble') return `${TROUBLES[event.what]}: ${messageOf(event.error)}; trying again`
  if (event.kind === 'lost the loop')
    return "another daemon has the lake's loop now, or the lake could not be told in time"
  if (event.kind === 'after cycle' && !event.end.isGood) return `after_cycle: ${event.end.outcome}`
  if (event.kind === 'stream ended')
    return `${streamWorkName(event.work)}: ${event.message}; again in ${formatDuration(event.waitMs)}`
  return event.kind === 'notified' && event.event.kind !== 'sent' ? formatNotifyEvent(event.event) : undefined
}

function eventLines(event: DaemonEvent, graceMs: number, now: Date): string[] {
  switch (event.kind) {
    case 'progress':
    case 'trouble':
    case 'lost the loop':
    case 'stream ended':
      return []
    case 'leading': {
      const enabled = event.chains.filter(({ is_enabled }) => is_enabled)
      return ["leading    the lake's loop", ...enabled.map(chain => nextLine(chain, now))]
    }
    case 'standing by': {
      const { runner, host, since } = event.holder
      return [`standby    pid ${runner.pid} on ${host} has the lake's loop since ${shownTime(since)}`]
    }
    case 'next':
      return [nextLine(event.chain, now)]
    case 'after cycle':
      return [`told       after_cycle: ${event.end.outcome}`]
    case 'notified':
      return [`sent       ${formatNotifyEvent(event.event)}`]
    case 'stream began':
      return [`begun      ${streamWorkName(event.work)}${event.pid === undefined ? '' : `  pid ${event.pid}`}`]
    case 'stopping':
      return [`stopping   what runs has ${formatDuration(graceMs)} to end; once more to end at once`]
    default:
      return [agentLine(event, now)]
  }
}

const TROUBLES: Readonly<Record<TroubleKind, string>> = {
  lake: 'schedules',
  jobs: 'jobs',
  metrics: 'metrics',
  notify: 'notifications',
  streams: 'streams',
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** `next       import photos in 24 h` */
function nextLine({ type, connector, due, failures, failing_since }: Chain, now: Date): string {
  const name = connector === null ? type : `${type} ${connector}`
  if (!due) return `ended      ${name}: not scheduled any more`
  const why = failing_since && failures > 0 ? `, failing since ${shownTime(failing_since)}` : ''
  return `next       ${name} ${dueText(due, now)}${why}`
}

const dueText = (due: Date, now: Date): string =>
  due <= now ? 'now' : `in ${formatDuration(due.getTime() - now.getTime())}`

/** The columns of what a daemon would do. */
export const planColumns = (format: Format, now: Date): readonly Column<PlannedChain>[] =>
  isForPeople(format)
    ? [
        { name: 'type', title: 'what' },
        { name: 'connector' },
        { name: 'next', value: ({ next, due }) => (next === 'later' && due ? dueText(due, now) : next) },
        { name: 'last', value: ({ last_state }) => last_state },
        { name: 'ended', value: ({ last_ended_at }) => last_ended_at && shownTime(last_ended_at) },
      ]
    : [
        ...[{ name: 'chain' }, { name: 'type' }, { name: 'connector' }, { name: 'next' }],
        { name: 'due', kind: 'time' },
        { name: 'last_state' },
        { name: 'last_ended_at', kind: 'time' },
        { name: 'failures', kind: 'count' },
      ]
