import type { AgentEvent } from '../jobs/agentEffects.js'
import type { JobProgress } from '../jobs/job.js'
import type { ProgressStep } from '../output/progress.js'
import type { Context } from './globals.js'
import { whenText } from './jobColumns.js'
import { describeJob, outcomeText } from './jobScreen.js'

/**
 * Tells of each job when it begins and when it ends, a line each; on a terminal also how far the last one is. Of one that waits
 * for its connector it tells once, however often that is tried.
 */
export function agentTeller({ log, progress, now }: Pick<Context, 'log' | 'progress' | 'now'>) {
  const waiting = new Set<string>()
  const tell = (event: JobEvent): void => {
    progress.clear()
    log.notice(agentLine(event, now()))
  }
  return (event: AgentEvent): void => {
    if (event.kind === 'trouble') {
      log.warn(`${messageOf(event.error)}; trying again`)
      return
    }
    const { kind, job } = event
    const wasWaiting = waiting.has(job.job_id)
    if (kind === 'handed back' && job.state === 'scheduled') waiting.add(job.job_id)
    else if (kind !== 'claimed') waiting.delete(job.job_id)
    if (kind === 'progress') {
      if (wasWaiting) tell({ kind: 'claimed', job })
      if (job.progress) progress.update(stepOf(job.progress))
    } else if (!wasWaiting || !waiting.has(job.job_id)) tell(event)
  }
}

type JobEvent = Exclude<AgentEvent, { kind: 'trouble' }>

const stepOf = ({ phase, done, total, unit }: JobProgress): ProgressStep => ({
  ...{ label: phase, done, unit },
  ...(total !== null && { total }),
})

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** `begun      import photos  job_0199…` */
export function agentLine(event: JobEvent, now: Date): string {
  const { kind, job } = event
  const name = describeJob(job)
  switch (kind) {
    case 'claimed':
      return `begun      ${name}${job.attempts > 1 ? `, attempt ${job.attempts} of ${job.max_attempts}` : ''}`
    case 'lost':
      return `lost       ${name}: another agent may have it`
    case 'handed back':
      return job.state === 'scheduled'
        ? `waiting    ${name}: another has ${job.connector ?? 'the lake'}`
        : `left       ${name}: the next agent goes on with it`
    default: {
      const outcome = outcomeText(job)
      const state = job.state === 'scheduled' || job.state === 'queued' ? 'failed' : job.state
      const again = state === job.state ? '' : `; again ${whenText(job, now)}`
      return `${state.padEnd(9)}  ${name}${outcome === undefined ? '' : `: ${outcome}`}${again}`
    }
  }
}
