import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A server in a process of its own, which ends with the tests. */
export interface ChildService {
  /** Ends it at once, and comes back when it has gone. */
  stop(): Promise<void>
}

// The shell's input is a pipe from here, and ends when it is closed or this process dies, however it does. Then so does
// the server. What a shell runs in the background has no input unless it is given a copy.
const WATCHED = `
  exec 3<&0
  "$@" 3<&- &
  server=$!
  { cat <&3 >/dev/null; kill -9 "$server" 2>/dev/null; } &
  watcher=$!
  exec 3<&-
  wait "$server"
  kill "$watcher" 2>/dev/null
`

/** What `sh` is given to run a command that ends when the input of `sh` does; that must be a pipe. */
export const watched = (command: readonly string[]): string[] => ['-c', WATCHED, 'sh', ...command]

/**
 * Starts a server and waits until it answers.
 * @param isUp asked again and again; a rejection is a no
 * @throws with what the server wrote, if it ends, or isn't up within so long
 */
export async function startService(
  command: readonly string[],
  options: { readonly env: Readonly<Record<string, string>>; readonly cwd: string; readonly startMs: number },
  isUp: () => Promise<boolean>,
): Promise<ChildService> {
  const child = spawn('sh', watched(command), {
    cwd: options.cwd,
    env: { ...withoutAws(process.env), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let said = ''
  for (const output of [child.stdout, child.stderr])
    output.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-10_000)
    })
  child.stdin.on('error', () => {}) // it has ended already
  const ended = once(child, 'exit')
  const stop = async () => {
    child.stdin.end()
    await ended
  }
  const until = Date.now() + options.startMs
  while (!(await isUp().catch(() => false))) {
    if (child.exitCode !== null || Date.now() > until) {
      await stop()
      throw new Error(`${command.join(' ')} did not start:\n${said}`)
    }
    await sleep(50)
  }
  return { stop }
}

/** A port of the loopback that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('expected a port')
  return address.port
}

/** A server must not find somebody's own credentials or endpoints. */
function withoutAws(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AWS_')))
}
