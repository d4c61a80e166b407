import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { UsageError } from '../errors.js'

/** By which an exchange knows who subscribes. */
export interface JwtKey {
  /** `organizations/…/apiKeys/…` */
  readonly name: string
  readonly privateKey: KeyObject
}

/** How long a token is good for, seconds; Coinbase takes no longer ones. */
const GOOD_FOR_S = 120

/**
 * The key of a PEM text, whose line ends may be written `\n`, as one line of an environment file has them.
 * @param variable what the text is from, for the error, which doesn't show the text
 * @throws {UsageError} for what is no private key on the curve P-256
 */
export function parseJwtKey(pem: string, variable: string): KeyObject {
  try {
    const key = createPrivateKey(pem.replaceAll('\\n', '\n'))
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key
  } catch {
    // What OpenSSL says of a text that is no key helps nobody.
  }
  throw new UsageError({
    subject: variable,
    expected: 'the private key of an ECDSA API key, as PEM: -----BEGIN EC PRIVATE KEY-----…',
    got: 'something else',
  })
}

/**
 * A token by which one message is authenticated: ES256, good for two minutes.
 * @param nonce random, of this token
 * @see https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-authentication
 */
export function makeJwt({ name, privateKey }: JwtKey, nonce: string, now: Date): string {
  const notBefore = Math.floor(now.getTime() / 1000)
  const header = { alg: 'ES256', kid: name, nonce, typ: 'JWT' }
  const payload = { iss: 'cdp', sub: name, nbf: notBefore, exp: notBefore + GOOD_FOR_S }
  const signed = `${encode(header)}.${encode(payload)}`
  // JWT wants the two numbers of a signature side by side (RFC 7518, 3.4), and not as ASN.1.
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url')
