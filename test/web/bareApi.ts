import { tmpdir } from 'node:os'
import { createApp } from '../../src/web/createApp.js'
import type { WebWorld } from '../../src/web/webWorld.js'
import { type BareWorld, bareWorld } from './bareWorld.js'

/** An answer of the API. */
export interface Told {
  readonly status: number
  readonly headers: Headers
  /** What its JSON says; nothing where there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it looks for
  readonly body: any
}

/** The API over a lake in memory. */
export interface BareApi {
  readonly world: BareWorld
  ask(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Told>
  /** The answer as it comes. */
  request(path: string, init?: RequestInit): Promise<Response>
}

export function openBareApi(more: Partial<WebWorld> = {}): BareApi {
  const world = bareWorld()
  let calls = 0
  const now = (): Date => new Date(world.clock.now.getTime() + calls++) // so that deeds have an order
  Object.assign(world, { now, random: Math.random }, more)
  const app = createApp(world, { access: { needsToken: false, hosts: [] }, pageFolder: tmpdir() })
  const request = async (path: string, init: RequestInit = {}): Promise<Response> =>
    app.request(path, { ...init, headers: { host: 'localhost', ...(init.headers as Record<string, string>) } })
  return {
    world,
    request,
    async ask(method, path, body, headers = {}) {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) }
      const typed: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
      const answer = await request(path, { method, headers: { ...typed, ...headers }, ...sent })
      const text = await answer.text()
      return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) }
    },
  }
}

/** What the audit has, the newest last. */
export async function listDeeds({ store }: Pick<WebWorld, 'store'>): Promise<Record<string, unknown>[]> {
  const deeds: Record<string, unknown>[] = []
  for await (const { key } of store.list('state/audit/'))
    deeds.push(JSON.parse(new TextDecoder().decode(await store.read(key))))
  return deeds
}
