import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Channel } from '../../src/config/channel.js'
import { NOTICE_KINDS } from '../../src/config/channel.js'
import { notifyChanges } from '../../src/jobs/notify.js'
import type { Message } from '../../src/jobs/notifyMessage.js'
import { networkSender } from '../../src/jobs/notifySend.js'
import { channelOf, connectorIs, HOUR_MS, importFails, openNotifyWorld, WELL, withGaps } from './notifyWorld.js'

/** A real server on the loopback: what it was sent, and what it answers next. */
interface Receiver {
  readonly url: string
  readonly requests: { path: string; headers: IncomingHttpHeaders; body: string }[]
  answers: { status: number; headers?: Record<string, string>; body?: string }[]
  stop(): Promise<void>
}

async function startReceiver(): Promise<Receiver> {
  const requests: Receiver['requests'] = []
  const receiver = { requests, answers: [] as Receiver['answers'] }
  const server = createServer(async (request, response) => {
    requests.push({ path: request.url ?? '', headers: request.headers, body: await text(request) })
    const { status, headers = {}, body = '' } = receiver.answers.shift() ?? { status: 204 }
    response.writeHead(status, headers).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a port')
  return Object.assign(receiver, {
    url: `http://127.0.0.1:${address.port}`,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  })
}

let receiver: Receiver
beforeEach(async () => {
  receiver = await startReceiver()
})
afterEach(() => receiver.stop())

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const NEXT_SECRET = `whsec_${Buffer.alloc(24, 8).toString('base64')}`

const env = (): Record<string, string> => ({
  HOOK: `${receiver.url}/services/T000/B000/sesam-token?key=sesam-key`,
  SECRET,
  BOTH: `${SECRET} ${NEXT_SECRET}`,
})
const send = (channel: Channel, message: Message, more: Record<string, string> = {}) =>
  networkSender({ env: { ...env(), ...more }, now: () => new Date() })(channel, message, new AbortController().signal)

const webhook = (secretEnv?: string): Channel => channelOf({ url: { kind: 'env', name: 'HOOK' }, secretEnv })
const slack: Channel = {
  ...{ name: 'ops', type: 'slack', url: { kind: 'env', name: 'HOOK' }, on: NOTICE_KINDS, minPriority: 'critical' },
}

/** What a round tells of trouble with hostile names. */
async function makeMessage(): Promise<Message> {
  const world = openNotifyWorld()
  const hostile = 'a*b*<!channel> & `c`\r\nBcc: x@example.com \u202e'
  await world.round({
    ...withGaps(['gap_a']),
    connectors: [connectorIs(hostile, 'error'), connectorIs('photos', 'warn')],
    failing: [importFails({ message: `<img src=x onerror=alert(1)>: ${'x'.repeat(5_000)}` })],
  })
  const message = world.tried[0]?.message
  if (!message) throw new Error('expected a message')
  return message
}

describe('a webhook', () => {
  test('is posted as Standard Webhooks has it, and their own library verifies it', async () => {
    const message = await makeMessage()
    expect(await send(webhook('SECRET'), message)).toBe(`${receiver.url} answered 204`)
    const [request] = receiver.requests
    expect(request?.path).toBe('/services/T000/B000/sesam-token?key=sesam-key')
    expect(request?.headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': message.id })
    const verified = new Webhook(SECRET).verify(request?.body ?? '', request?.headers as Record<string, string>)
    expect(verified).toMatchObject({
      type: 'stocktake.changes',
      timestamp: '2026-01-20T09:00:00.000Z',
      data: { lake: 'memory://lake', summary: '1 failing, 2 stale, 1 critical gap: 1 new', omitted: 0 },
    })
    expect(() => new Webhook(NEXT_SECRET).verify(request?.body ?? '', request?.headers as never)).toThrow('No matching')
  })

  test('is signed with each of several secrets, so that a receiver can go over to the next', async () => {
    await send(webhook('BOTH'), await makeMessage())
    const [request] = receiver.requests
    for (const secret of [SECRET, NEXT_SECRET])
      expect(new Webhook(secret).verify(request?.body ?? '', request?.headers as Record<string, string>)).toBeDefined()
  })

  test('without a secret is not signed', async () => {
    await send(webhook(), await makeMessage())
    expect(receiver.requests[0]?.headers['webhook-signature']).toBeUndefined()
  })

  test('that was answered with 500 is sent again later: the same id and body, signed anew', async () => {
    const world = openNotifyWorld()
    receiver.answers = [{ status: 500 }]
    const clock = { now: () => world.now }
    const effects = { ...world.effects, send: networkSender({ env: env(), ...clock }) }
    const facts = { ...WELL, connectors: [connectorIs('photos', 'warn')] }
    world.now = new Date()
    const first = await notifyChanges(facts, [webhook('SECRET')], effects)
    expect(first).toMatchObject([{ kind: 'failed', text: `pager: ${receiver.url} answered 500; it is tried again` }])
    world.pass(61_000)
    expect(await notifyChanges(facts, [webhook('SECRET')], effects)).toMatchObject([{ kind: 'sent' }])
    world.pass(HOUR_MS)
    expect(await notifyChanges(facts, [webhook('SECRET')], effects)).toEqual([])
    const [failed, taken] = receiver.requests
    expect(receiver.requests).toHaveLength(2)
    expect(taken?.headers['webhook-id']).toBe(failed?.headers['webhook-id'])
    expect(taken?.body).toBe(failed?.body)
    expect(taken?.headers['webhook-timestamp']).not.toBe(failed?.headers['webhook-timestamp'])
    for (const request of [failed, taken])
      expect(new Webhook(SECRET).verify(request?.body ?? '', request?.headers as Record<string, string>)).toBeDefined()
    const lake = [...world.store.objects.values()].map(({ bytes }) => new TextDecoder().decode(bytes)).join()
    expect(lake).not.toMatch(/sesam|whsec/)
  })

  test.each([
    [{ SECRET: '' }, 'expected SECRET in the environment, got none'],
    [{ SECRET: 'whsec_c2hvcnQ=' }, 'expected whsec_ and the base64 of 24 to 64 bytes in SECRET'],
    [{ SECRET: 'sesam öffne dich, und zwar sofort und ganz' }, 'expected whsec_ and the base64'],
    [{ HOOK: '' }, 'expected HOOK in the environment, got none'],
    [{ HOOK: 'sesam' }, 'expected https://host/path in HOOK, got something else, which is not shown'],
    [{ HOOK: 'https://user:sesam@example.com/' }, 'expected https://host/path in HOOK'],
    [{ HOOK: 'file:///sesam' }, 'expected https://host/path in HOOK'],
  ])('with %j is not sent, and says why without showing it', async (more, said) => {
    const error = await send(webhook('SECRET'), await makeMessage(), more as Record<string, string>).catch(each => each)
    expect(error.message).toContain(said)
    expect(error.message).not.toContain('sesam')
    expect(receiver.requests).toEqual([])
  })
})

describe('slack', () => {
  test('gets blocks and a text, in which no name is markup', async () => {
    await send(slack, await makeMessage())
    const { text, blocks, mrkdwn } = JSON.parse(receiver.requests[0]?.body ?? '')
    expect(mrkdwn).toBe(false)
    expect(text).toContain('a*b*&lt;!channel&gt; &amp; `c` Bcc: x@example.com \\u202e is too old')
    const texts = blocks.flatMap((block: { text?: object; elements?: object[] }) => block.elements ?? [block.text])
    expect(blocks.map(({ type }: { type: string }) => type)).toEqual([
      'header',
      ...Array.from({ length: 4 }, () => 'section'),
      'context',
    ])
    for (const each of texts) {
      expect(each.type).toBe('plain_text')
      expect(each.text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/)
      expect(each.text.length).toBeLessThanOrEqual(3_000)
    }
    expect(blocks[0].text.text).toBe('1 failing, 2 stale, 1 critical gap: 1 new')
    expect(blocks[1].text.text).toMatch(/^🔴 import of photos fails\nonce since 2026-01-20 07:00 UTC \(2 h\): &lt;img/)
  })

  test('is told of many things in few blocks', async () => {
    const world = openNotifyWorld()
    await world.round({ connectors: Array.from({ length: 300 }, (_, i) => connectorIs(`bucket-${i}`, 'warn')) })
    await send(slack, world.tried[0]?.message as Message)
    const { blocks } = JSON.parse(receiver.requests[0]?.body ?? '')
    expect(blocks).toHaveLength(17)
    expect(blocks[0].text.text).toBe('200 stale, 100 more')
    expect(blocks.at(-1).elements[0].text).toMatch(/^and 285 more; /)
  })
})

test.each([
  [{ status: 404, body: 'no_service' }, 'answered 404 no_service; check HOOK, and what the receiver expects'],
  [{ status: 403, body: 'no /services/T000/B000/sesam-token here' }, 'answered 403 no […] here; check HOOK'],
  [{ status: 403, body: 'bad sesam-key' }, 'answered 403 bad […]; check HOOK'],
  [{ status: 400, body: '<html>sesam-token</html>' }, 'answered 400; check HOOK'],
  [{ status: 400, body: 'a\r\nb\u001b[31m' }, 'answered 400 a b\\x1b[31m; check HOOK'],
  [{ status: 400, body: 'x'.repeat(5_000_000) }, `answered 400 ${'x'.repeat(119)}…; check HOOK`],
  [
    { status: 302, headers: { location: 'http://127.0.0.1:9/' } },
    'redirects are not followed: set HOOK to where it leads',
  ],
  [{ status: 308, headers: { location: '/other' } }, 'redirects are not followed'],
  [{ status: 503 }, 'answered 503; it is tried again'],
])('an answer %# is told without secrets, and followed nowhere', async (answer, said) => {
  receiver.answers = [answer]
  const error = await send(slack, await makeMessage()).catch(each => each)
  expect(error.message).toContain(said)
  expect(error.message).not.toContain('sesam')
  expect(receiver.requests).toHaveLength(1)
})

test('a receiver that is not there is told by its host', async () => {
  const error = await send(slack, await makeMessage(), { HOOK: 'http://127.0.0.1:9/sesam' }).catch(each => each)
  expect(error.message).toMatch(/^ops: expected an answer of http:\/\/127\.0\.0\.1:9, got \w+( \w+)?; check the URL/)
  expect(error.message).not.toContain('sesam')
})

test('a stop does not wait for a receiver that never answers', async () => {
  const server = createServer(() => {}).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const stop = new AbortController()
  const HOOK = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`
  const sent = networkSender({ env: { HOOK }, now: () => new Date() })(slack, await makeMessage(), stop.signal)
  server.once('request', () => stop.abort(new Error('stopped')))
  await expect(sent).rejects.toThrow('stopped')
  server.closeAllConnections()
  server.close()
})
