import { hostname } from 'node:os'
import { UsageError } from '../errors.js'
import { runAgent } from '../jobs/agent.js'
import type { AgentEvent } from '../jobs/agentEffects.js'
import { startJobProcess } from '../jobs/jobProcess.js'
import { workName } from '../jobs/jobTexts.js'
import { describeProcess } from '../lake/processFacts.js'
import { agentTeller } from './agentScreen.js'
import type { Context, GlobalArgs } from './globals.js'
import { openLakeStore } from './lakeSession.js'
import { documentEffects } from './tasksOfLake.js'

interface AgentFlags extends Pick<GlobalArgs, 'config' | 'lake' | 'quiet' | 'verbose'> {
  readonly jobs: number
  readonly until?: 'idle'
}

/** How often an agent looks for jobs that are due. */
export const IDLE_MS = 5_000
/** How long a running job may go on when its agent is to stop; short, as an import goes on from where it was. */
export const GRACE_MS = 2_000
/**
 * How long it then has to leave things in order: more than a task's command has, which isn't of its group and would go on
 * without it. With GRACE_MS, less than the 10 s that containers are given to stop.
 */
export const KILL_MS = 7_000

/** Runs the jobs of the lake until the signal, or until none is due. */
export async function runAgentHere(flags: AgentFlags, context: Context): Promise<void> {
  const { jobs: parallel, until = 'stopped' } = flags
  if (!Number.isInteger(parallel) || parallel < 1)
    throw new UsageError({ subject: '--jobs', expected: 'a whole number from 1', got: String(parallel) })
  const effects = await agentEffects(flags, context, agentTeller(context))
  if (until === 'stopped') context.log.notice('waiting for jobs; stop with Ctrl-C')
  await runAgent({ parallel, until, idleMs: IDLE_MS, graceMs: GRACE_MS, killMs: KILL_MS }, effects)
}

/** What an agent needs of this process; each job gets one of its own, with the same settings. */
export async function agentEffects(
  flags: Omit<AgentFlags, 'jobs' | 'until'>,
  context: Context,
  told: (event: AgentEvent) => void,
) {
  const { program, cwd, env, log } = context
  if (!program)
    throw new UsageError({ subject: 'agent', expected: 'to know how this program is started', got: 'nothing' })
  // What came of a job is still recorded after a signal.
  const store = await openLakeStore({ ...context, signal: new AbortController().signal })
  return {
    ...documentEffects(context),
    store,
    runner: await describeProcess(process.pid),
    host: hostname(),
    told,
    startWorker: (
      job: Parameters<typeof startJobProcess>[1],
      progress: Parameters<typeof startJobProcess>[2]['progress'],
    ) =>
      startJobProcess({ command: [...program, 'run-job', ...passedOn(flags)], cwd, env }, job, {
        progress,
        said: line => {
          const warning = /^warning: (.*)$/.exec(line)?.[1]
          if (warning === undefined) log.notice(`${workName(job)}: ${line}`)
          else log.warn(`${workName(job)}: ${warning}`)
        },
      }),
  }
}

/** The settings of this process, as they are said to another one in the same folder and environment. */
export function passedOn({ config, lake, quiet, verbose }: Omit<AgentFlags, 'jobs' | 'until'>): string[] {
  return [
    ...(config === undefined ? [] : [`--config=${config}`]),
    ...(lake === undefined ? [] : [`--lake=${lake}`]),
    ...(quiet ? ['--quiet'] : []),
    ...(verbose ? ['--verbose'] : []),
  ]
}
