import type { UrlPlace } from '../config/channel.js'
import { ChannelError, getSecret, type SendEffects, withoutSecrets } from './notifyError.js'
import { plainText } from './notifyMessage.js'

/** An answer is awaited for so long, and no more of it is read. */
const ANSWER_MS = 15_000
const ANSWER_BYTES = 1_024

export interface Posted {
  readonly url: UrlPlace
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Posts JSON. No redirect is followed: what is posted is for this host.
 * @param subject the channel, for errors
 * @returns what came of it, `https://hooks.example.com answered 204`
 * @throws {ChannelError} for another answer than 2xx, or none
 */
export async function postJson({ url, body, headers }: Posted, subject: string, effects: SendEffects): Promise<string> {
  const target = resolveUrl(url, subject, effects)
  const response = await request(target, { body, headers }, subject, effects)
  const answer = await readStart(response)
  if (response.ok) return `${target.origin} answered ${response.status}`
  const path = target.pathname + target.search
  const secrets = [target.href, path, target.pathname, ...path.split(/[/?&=]/)]
  const said = plainText(withoutSecrets(answer, secrets), 120)
  throw new ChannelError({
    subject,
    got: `${target.origin} answered ${response.status}${said === '' || /[<{]/.test(said) ? '' : ` ${said}`}`,
    fix: fixOf(response.status, url),
  })
}

function resolveUrl(place: UrlPlace, subject: string, effects: SendEffects): URL {
  const text = place.kind === 'plain' ? place.url : getSecret(place.name, effects, subject)
  const url = URL.canParse(text) ? new URL(text) : undefined // the error of the parser would show the text
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url
  const name = place.kind === 'plain' ? 'url' : place.name
  throw new ChannelError({
    subject,
    expected: `https://host/path in ${name}`,
    got: 'something else, which is not shown',
    fix: `set ${name} to the URL, without a user or a password in it`,
  })
}

async function request(
  url: URL,
  { body, headers }: Pick<Posted, 'body' | 'headers'>,
  subject: string,
  { signal }: SendEffects,
): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json', 'user-agent': 'stocktake', ...headers },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    })
  } catch (error) {
    signal.throwIfAborted()
    throw new ChannelError({
      subject,
      expected: `an answer of ${url.origin}`,
      got: describe(error),
      fix: 'check the URL, and that the host can be reached from here',
    })
  }
}

/** By its code alone: texts may hold the URL. */
function describe(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `none within ${ANSWER_MS / 1000} s`
  const cause: unknown = error instanceof Error ? error.cause : undefined
  const code: unknown = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' ? code : 'none'
}

/** The beginning of an answer; the rest is left. */
async function readStart(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk)
      size += chunk.length
      if (size >= ANSWER_BYTES) break
    }
  } catch {
    return '' // the status says what counts
  }
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, ANSWER_BYTES))
}

function fixOf(status: number, url: UrlPlace): string {
  const place = url.kind === 'plain' ? 'url' : url.name
  if (status >= 300 && status < 400) return `redirects are not followed: set ${place} to where it leads`
  if (status === 429 || status >= 500) return 'it is tried again'
  return `check ${place}, and what the receiver expects`
}
