import { z } from 'zod'
import { choice, mapping, matching, or, orNone, whole } from './settingTypes.js'

/** What a channel can be told. */
export const NOTICE_KINDS = ['stale', 'failing', 'recovered', 'gaps', 'refused', 'overdue'] as const
export type NoticeKind = (typeof NOTICE_KINDS)[number]

/** Of gaps, the most urgent first. */
export const NOTICE_PRIORITIES = ['critical', 'high', 'medium', 'low'] as const
export type NoticePriority = (typeof NOTICE_PRIORITIES)[number]

/** A URL as it is, or the name of the environment variable that holds it. */
export type UrlPlace =
  | { readonly kind: 'plain'; readonly url: string }
  | { readonly kind: 'env'; readonly name: string }

interface AnyChannel {
  /** Another one for each channel: what a channel was told is kept under it. */
  readonly name: string
  /** The kinds that it is told. */
  readonly on: readonly NoticeKind[]
  /** Gaps that are less urgent aren't told. */
  readonly minPriority: NoticePriority
}

export interface WebhookChannel extends AnyChannel {
  readonly type: 'webhook'
  readonly url: UrlPlace
  /** The variable with the secret that messages are signed with; without it they aren't. */
  readonly secretEnv?: string
}

export interface SlackChannel extends AnyChannel {
  readonly type: 'slack'
  readonly url: UrlPlace
}

export interface EmailChannel extends AnyChannel {
  readonly type: 'email'
  readonly host: string
  readonly port: number
  /** `tls`: from the first byte. `starttls`: before anything is said; a server without it gets nothing. */
  readonly tls: 'starttls' | 'tls' | 'none'
  /** Who signs in, and the variable with the password. */
  readonly login?: { readonly username: string; readonly passwordEnv: string }
  readonly from: string
  readonly to: readonly string[]
}

/** Where people and programs are told what has changed. Secrets are never part of it: only where they are. */
export type Channel = WebhookChannel | SlackChannel | EmailChannel

const ENV_RULE = 'the name of an environment variable, such as SLACK_URL'
const envName = () => matching(/^[A-Za-z_][A-Za-z0-9_]*$/, ENV_RULE)

const URL_RULE = 'https://host/path without a user, a password or a #; secret ones go into the variable of url_env'
const plainUrl = () => z.string(URL_RULE).refine(isPlainUrl, URL_RULE)

/** Whether it can be posted to, and shows no password. */
function isPlainUrl(text: string): boolean {
  if (!/^https?:\/\/[^/?#@\s]+([/?][^#\s]*)?$/i.test(text)) return false
  return URL.canParse(text)
}

const ADDRESS_RULE = 'an address such as data@example.com'
const address = () => matching(/^[^\s@<>"(),:;\\]{1,64}@[^\s@<>"(),:;\\]{1,255}$/u, ADDRESS_RULE)

const HOST_RULE = 'the name of a mail server'
const host = () => matching(/^[A-Za-z0-9.:_-]+$/, HOST_RULE)

const MOST_RECIPIENTS = 100
const TO_RULE = `a list of 1 to ${MOST_RECIPIENTS} addresses`

const TYPES = 'how it is told'

/** What all channels have. */
const common = (name: z.ZodString) => ({
  name: name.describe('what was told is kept under it: another name is another channel'),
  on: or(z.array(choice(NOTICE_KINDS), 'a list of kinds').min(1, 'a list of kinds'), [...NOTICE_KINDS]).describe(
    'the kinds that are told',
  ),
  min_priority: or(choice(NOTICE_PRIORITIES), 'critical').describe('gaps that are less urgent are not told'),
})

const webhook = (name: z.ZodString) =>
  mapping({
    type: z.literal('webhook').describe(TYPES),
    ...common(name),
    url: orNone(plainUrl()).describe('where messages are posted to; without secrets in it'),
    url_env: orNone(envName()).describe('the environment variable that holds the URL'),
    secret_env: orNone(envName()).describe('the environment variable that holds the secret for signatures: whsec_…'),
  }).refine(({ url, url_env }) => (url === undefined) !== (url_env === undefined), {
    message: 'either url or url_env',
    path: ['url'],
  })

const slack = (name: z.ZodString) =>
  mapping({
    type: z.literal('slack').describe(TYPES),
    ...common(name),
    url_env: envName().describe('the environment variable that holds the URL of the incoming webhook'),
  })

const email = (name: z.ZodString) =>
  mapping({
    type: z.literal('email').describe(TYPES),
    ...common(name),
    host: host().describe('the mail server'),
    port: or(whole(1, 65_535), 587).describe('of the mail server'),
    tls: orNone(choice(['starttls', 'tls', 'none'])).describe('default: tls on port 465, otherwise starttls'),
    username: orNone(matching(/^[^\p{Cc}]+$/u, 'a name without control characters')).describe('who signs in'),
    password_env: orNone(envName()).describe('the environment variable that holds the password'),
    from: address().describe('the sender'),
    to: z.array(address(), TO_RULE).min(1, TO_RULE).max(MOST_RECIPIENTS, TO_RULE).describe('the recipients'),
  })
    .refine(({ username, password_env }) => (username === undefined) === (password_env === undefined), {
      message: 'both username and password_env, or neither',
      path: ['username'],
    })
    .refine(({ tls, username }) => tls !== 'none' || username === undefined, {
      message: 'starttls or tls, as a password is sent',
      path: ['tls'],
    })

/**
 * The list of channels, as stocktake.yaml spells it.
 * @param name what a channel may be called
 */
export const channelsSchema = (name: () => z.ZodString) =>
  z
    .array(
      z.discriminatedUnion('type', [webhook(name()), slack(name()), email(name())], 'a mapping with the key type'),
      'a list',
    )
    .superRefine((channels, context) => {
      const names = new Set<string>()
      for (const [i, { name }] of channels.entries()) {
        if (names.has(name)) context.addIssue({ code: 'custom', message: 'a name of its own', path: [i, 'name'] })
        names.add(name)
      }
    })

export type ChannelSettings = z.output<ReturnType<typeof channelsSchema>>[number]

/** A channel from checked settings. */
export function toChannel(settings: ChannelSettings): Channel {
  const common = { name: settings.name, on: settings.on, minPriority: settings.min_priority }
  if (settings.type === 'webhook') {
    const { url, url_env, secret_env } = settings
    return { ...common, type: 'webhook', url: placeOf(url, url_env), secretEnv: secret_env }
  }
  if (settings.type === 'slack') return { ...common, type: 'slack', url: placeOf(undefined, settings.url_env) }
  const { host, port, tls, username, password_env, from, to } = settings
  return {
    ...common,
    ...{ type: 'email', host, port, from, to },
    tls: tls ?? (port === TLS_PORT ? 'tls' : 'starttls'),
    login: username === undefined || password_env === undefined ? undefined : { username, passwordEnv: password_env },
  }
}

/** Of mail that is encrypted from the first byte. */
const TLS_PORT = 465

const placeOf = (url: string | undefined, env: string | undefined): UrlPlace =>
  env === undefined ? { kind: 'plain', url: url ?? '' } : { kind: 'env', name: env }
