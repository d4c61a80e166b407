import { StocktakeError } from '../errors.js'

/** A channel didn't take a message. What it says has no secret in it. */
export class ChannelError extends StocktakeError {}

/** What a message is sent with. */
export interface SendEffects {
  /** Where the secrets are. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: () => Date
  readonly signal: AbortSignal
}

/** A variable of the environment. @throws {ChannelError} where it isn't set */
export function getSecret(name: string, { env }: Pick<SendEffects, 'env'>, subject: string): string {
  const value = env[name]?.trim()
  if (value) return value
  throw new ChannelError({
    subject,
    expected: `${name} in the environment`,
    got: 'none',
    fix: `set ${name} where Stocktake runs; of a service, in its EnvironmentFile`,
  })
}

/** A text in which secrets, as they are or as they travel, are left out. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const spellings = secrets.flatMap(secret => [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
  ])
  const known = spellings.filter(spelling => spelling.length >= SHORTEST).toSorted((a, b) => b.length - a.length)
  return known.reduce((rest, spelling) => rest.replaceAll(spelling, '[…]'), text)
}

/** What is shorter would be found in ordinary words. */
const SHORTEST = 4
