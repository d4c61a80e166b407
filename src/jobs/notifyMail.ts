import type { EmailChannel } from '../config/channel.js'
import { ChannelError, getSecret, type SendEffects, withoutSecrets } from './notifyError.js'
import { formatMail, type Mail } from './notifyMailText.js'
import { type Message, plainText } from './notifyMessage.js'

/** A server is awaited for so long at each step, and for all of it. */
const STEP_MS = 15_000
const ALL_MS = 60_000

/**
 * Sends a message as mail, as text and as HTML.
 * @returns what came of it
 * @throws {ChannelError}
 */
export async function sendMail(channel: EmailChannel, message: Message, effects: SendEffects): Promise<string> {
  const { name, host, port, login } = channel
  const pass = login && getSecret(login.passwordEnv, effects, name)
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    host,
    port,
    secure: channel.tls === 'tls',
    requireTLS: channel.tls === 'starttls',
    ignoreTLS: channel.tls === 'none',
    ...(login && { auth: { user: login.username, pass } }),
    connectionTimeout: STEP_MS,
    greetingTimeout: STEP_MS,
    socketTimeout: STEP_MS,
    dnsTimeout: STEP_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const stopped = AbortSignal.any([effects.signal, AbortSignal.timeout(ALL_MS)])
  try {
    const { accepted, rejected } = await orAborted(transport.sendMail(toEnvelope(channel, message)), stopped)
    const took = `${host}:${port} took it for ${accepted.length} ${accepted.length === 1 ? 'recipient' : 'recipients'}`
    return rejected.length === 0 ? took : `${took}, and refused ${rejected.length}` // the others shan't get it again
  } catch (error) {
    effects.signal.throwIfAborted()
    throw toChannelError(error, channel, pass)
  } finally {
    transport.close()
  }
}

function toEnvelope({ from, to }: EmailChannel, message: Message) {
  const { subject, text, html }: Mail = formatMail(message)
  return {
    from,
    to: [...to],
    subject,
    text,
    html,
    messageId: `<${message.id}@${from.split('@').at(-1)}>`, // of each try the same: programs for mail show it once
    date: message.at,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
  }
}

const orAborted = <T>(sent: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    sent.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })

function toChannelError(error: unknown, { name, host, port, tls }: EmailChannel, pass = ''): ChannelError {
  const [code, origin] = [codeOf(error, 'code'), codeOf(error, 'originalCode')]
  const said = error instanceof Error ? error.message : String(error)
  return new ChannelError({
    subject: name,
    expected: `${host}:${port} to take the mail`,
    got: origin.startsWith('ERR_SSL') ? origin : plainText(withoutSecrets(said, pass === '' ? [] : [pass]), 200),
    fix:
      FIXES[/CERT|SSL|TLS/.test(origin) ? 'ETLS' : code] ??
      `check host, port and tls (${tls}), and that the server can be reached from here`,
  })
}

/** Nodemailer's code of an error, or that of what it stands for. */
function codeOf(error: unknown, name: 'code' | 'originalCode'): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, name) : undefined
  return typeof code === 'string' ? code : ''
}

/** By nodemailer's codes. */
const FIXES: Readonly<Record<string, string>> = {
  EAUTH: 'check username, and the password in the variable of password_env',
  EENVELOPE: 'check from and to: the server refuses one of them',
  ETLS: 'check tls; for a certificate of your own set NODE_EXTRA_CA_CERTS to the file of its authority',
}
