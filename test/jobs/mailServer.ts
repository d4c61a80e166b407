import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { pythonPath } from '../oracles/oracles.js'
import { watched } from '../services/childService.js'

/** A mail as Python's own library reads it. */
export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly text: string
  readonly html: string
  readonly is_tls: boolean
  readonly is_signed_in: boolean
}

/** A real mail server on the loopback, which ends with the tests. */
export interface MailServer {
  readonly port: number
  readonly mails: readonly ReceivedMail[]
  /** Waits until so many have come. */
  received(count: number): Promise<void>
  stop(): Promise<void>
}

/** @param args a certificate and its key, a user and a password, as far as they are wanted */
export async function startMailServer(...args: readonly string[]): Promise<MailServer> {
  const script = fileURLToPath(new URL('../oracles/smtp_server.py', import.meta.url))
  const child = spawn('sh', watched([pythonPath(), '-W', 'ignore', script, ...args]), {
    stdio: ['pipe', 'pipe', 'ignore'], // it tells there of every client that goes away
  })
  const ended = once(child, 'exit')
  const lines = createInterface(child.stdout)
  const mails: ReceivedMail[] = []
  const [port] = await Promise.race([once(lines, 'line'), ended.then(() => Promise.reject(new Error('it ended')))])
  lines.on('line', line => mails.push(JSON.parse(line)))
  return {
    port: Number(port),
    mails,
    received: async count => {
      while (mails.length < count) await once(lines, 'line')
    },
    stop: async () => {
      child.stdin.end()
      await ended
    },
  }
}
