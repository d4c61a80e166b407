import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { expect, test } from 'vitest'
import { makeJwt, parseJwtKey } from '../../src/streams/coinbaseJwt.js'
import { messageReader } from '../../src/streams/readMessage.js'
import type { Sequence } from '../../src/streams/recordLine.js'
import { watchSequence } from '../../src/streams/sequenceWatch.js'
import { subscribeMessages } from '../../src/streams/subscribeMessages.js'
import { streamOf } from './ingesting.js'

test.each<[what: string, numbers: Sequence[], odd: unknown[]]>([
  ['all there', [7, 8, 9], []],
  ['one left out', [0, 1, 3, 4], [['sequence_gap', 2, 3, 1]]],
  ['one twice', [0, 1, 1, 2], [['sequence_back', 2, 1, undefined]]],
  [
    'late ones are expected no more',
    [0, 3, 1, 4],
    [
      ['sequence_gap', 1, 3, 2],
      ['sequence_back', 4, 1, undefined],
    ],
  ],
  [
    'counted anew',
    [90, 91, 0, 1, 2, 3],
    [
      ['sequence_back', 92, 0, undefined],
      ['sequence_back', 92, 1, undefined],
    ],
  ],
  ['past 2^53', [2 ** 53 - 1, 2n ** 53n, 2n ** 53n + 3n], [['sequence_gap', 2n ** 53n + 1n, 2n ** 53n + 3n, 2]]],
])('sequence numbers, %s', (_what, numbers, odd) => {
  const watch = watchSequence()
  const seen = numbers.flatMap(number => watch.see(number) ?? [])
  expect(seen.map(({ kind, expected, got, missed }) => [kind, expected, got, missed])).toEqual(odd)
})

test.each<[sent: string | Buffer, read: unknown]>([
  ['{"a":{"n":5}}', { kind: 'json', json: '{"a":{"n":5}}', sequence: 5 }],
  ['{"a":{"n":"00012"}}', { kind: 'json', json: '{"a":{"n":"00012"}}', sequence: 12 }],
  ['{"a":{"n":9007199254740993}}', { kind: 'json', json: '{"a":{"n":9007199254740993}}', sequence: 9007199254740993n }],
  ['{"a":{"n":99999999999999999999}}', { kind: 'json', json: '{"a":{"n":99999999999999999999}}', sequence: null }], // no long
  ['{"a":{"n":-1}}', { kind: 'json', json: '{"a":{"n":-1}}', sequence: null }],
  ['{"a":{"n":1.5}}', { kind: 'json', json: '{"a":{"n":1.5}}', sequence: null }],
  ['{"a":null}', { kind: 'json', json: '{"a":null}', sequence: null }],
  ['null', { kind: 'json', json: 'null', sequence: null }],
  ['{"b":\r\n1.10}', { kind: 'json', json: '{"b":  1.10}', sequence: null }], // as it came, but for the line's end
  ['{"b":"\\n"}', { kind: 'json', json: '{"b":"\\n"}', sequence: null }],
  ['{"b":1', { kind: 'text', text: '{"b":1' }],
  ['', { kind: 'text', text: '' }],
  [Buffer.from([0xff, 0x00]), { kind: 'text', text: 'base64:/wA=' }],
])('the message %j', (sent, read) => {
  const reader = messageReader({ source: 'json', fields: { sequence: 'a.n' } })
  expect(reader(Buffer.from(sent))).toEqual(read)
})

test.each([
  ['{"channel":"heartbeats","sequence_num":4,"events":[{"heartbeat_counter":"3049"}]}', { sequence: 4, beat: 3049 }],
  ['{"channel":"heartbeats","sequence_num":4,"events":[{"heartbeat_counter":3049}]}', { sequence: 4, beat: 3049 }],
  ['{"channel":"heartbeats","sequence_num":4,"events":[]}', { sequence: 4 }],
  ['{"type":"error","message":"authentication failure"}', { sequence: null, refusal: 'authentication failure' }],
  ['{"type":"error"}', { sequence: null, refusal: '{"type":"error"}' }],
  ['null', { sequence: null }],
])("Coinbase's message %s", (json, read) => {
  expect(messageReader(streamOf({}))(Buffer.from(json))).toEqual({ kind: 'json', json, ...read })
})

test('a subscription for each channel, each with a token of its own, and for heartbeats', () => {
  let tokens = 0
  const messages = subscribeMessages(streamOf({ channels: ['ticker', 'level2'] }), () => `token ${++tokens}`)
  expect(messages.map(text => JSON.parse(text))).toEqual([
    { type: 'subscribe', channel: 'heartbeats', jwt: 'token 1' },
    { type: 'subscribe', channel: 'ticker', product_ids: ['BTC-USD', 'ETH-USD', 'SOL-USD'], jwt: 'token 2' },
    { type: 'subscribe', channel: 'level2', product_ids: ['BTC-USD', 'ETH-USD', 'SOL-USD'], jwt: 'token 3' },
  ])
})

test.each<[what: string, settings: Record<string, unknown>, messages: unknown[]]>([
  ['that says none', {}, []],
  ['of one message', { subscribe: { op: 'hello', args: ['{products}', 1] } }, [{ op: 'hello', args: [['a'], 1] }]],
  [
    'whose message names the channel',
    { channels: ['x', 'y'], subscribe: { on: { channel: '{channel}' }, token: '{jwt}', kept: 'a {channel}' } },
    [
      { on: { channel: 'x' }, kept: 'a {channel}' },
      { on: { channel: 'y' }, kept: 'a {channel}' },
    ],
  ],
])('subscriptions of a source %s', (_what, settings, messages) => {
  const stream = streamOf({ source: 'json', products: ['a'], ...settings })
  expect(subscribeMessages(stream, undefined).map(text => JSON.parse(text))).toEqual(messages)
})

test('a token is signed by ES256, and good for two minutes', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = privateKey.export({ type: 'sec1', format: 'pem' }).toString()
  const key = parseJwtKey(pem.trim().replaceAll('\n', '\\n'), 'COINBASE_KEY')
  const token = makeJwt(
    { name: 'organizations/o/apiKeys/k', privateKey: key },
    'f00d',
    new Date('2026-01-20T10:00:00.9Z'),
  )
  const [header = '', payload = '', signature = ''] = token.split('.')
  const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
  expect(decode(header)).toEqual({ alg: 'ES256', kid: 'organizations/o/apiKeys/k', nonce: 'f00d', typ: 'JWT' })
  expect(decode(payload)).toEqual({
    ...{ iss: 'cdp', sub: 'organizations/o/apiKeys/k' },
    ...{ nbf: 1768903200, exp: 1768903320 },
  })
  const bytes = Buffer.from(signature, 'base64url')
  expect(bytes).toHaveLength(64)
  const publicKey = { key: createPublicKey(privateKey), dsaEncoding: 'ieee-p1363' as const }
  expect(verify('sha256', Buffer.from(`${header}.${payload}`), publicKey, bytes)).toBe(true)
})

test.each([
  [
    'another curve',
    generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
  ],
  ['another kind of key', generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })],
  ['no key', 'hunter2'],
])('%s is refused, and not shown', (_what, text) => {
  expect(() => parseJwtKey(String(text), 'COINBASE_KEY')).toThrow(
    'COINBASE_KEY: expected the private key of an ECDSA API key, as PEM: -----BEGIN EC PRIVATE KEY-----…, got something else',
  )
})
