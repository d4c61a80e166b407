import { COMMANDS, run } from '../../src/cli.js'
import { InterruptedError } from '../../src/errors.js'
import { TextSink } from '../output/textSink.js'
import { AGENT_WORLD, until } from './agentPlace.js'
import type { CommandFolder } from './commandFolder.js'

/** `serve` in this process, until it is stopped. */
export interface StartedServer {
  readonly url: string
  ask(path: string, init?: RequestInit): Promise<Response>
  /** @returns the exit code */
  stop(): Promise<number>
  /** What it has told so far. */
  told(): string
}

export async function startServe(
  { folder }: CommandFolder,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = AGENT_WORLD.env,
): Promise<StartedServer> {
  const stopping = new AbortController()
  const [stdout, stderr] = [new TextSink(), new TextSink()]
  const { program } = AGENT_WORLD
  const world = { stdout, stderr, cwd: folder, now: () => new Date(), signal: stopping.signal, program, env }
  const code = run(['serve', '--port', '0', ...args], COMMANDS, world)
  const url = await Promise.race([
    until(async () => /Stocktake on (http:\S+) /.exec(stderr.text)?.[1]),
    code.then(() => Promise.reject(new Error(stderr.text))),
  ])
  return {
    url,
    ask: (path, init) => fetch(`${url}${path}`, init),
    stop: () => {
      stopping.abort(new InterruptedError({ subject: 'interrupted' }))
      return code
    },
    told: () => stderr.text,
  }
}

/** Waits for a job to end, as a program does. @returns its state */
export const jobEnds = (server: Pick<StartedServer, 'ask'>, location: string, headers = {}): Promise<string> =>
  until(async () => {
    const { state } = (await (await server.ask(location, { headers })).json()) as { state: string }
    return ['succeeded', 'failed', 'cancelled'].includes(state) && state
  })
