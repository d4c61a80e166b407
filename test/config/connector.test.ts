import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { connectorGuid, getConnector, parseBucket, parseConnector } from '../../src/config/connector.js'
import { isName } from '../../src/config/schema.js'
import { NotFoundError, UsageError } from '../../src/errors.js'

const photos = parseConnector('photos', { source_bucket: 'photo-bucket' }, '/work')
const logs = parseConnector('logs', { source_bucket: './logs' }, '/work')

test('a GUID is con_ and 26 hex digits of the MD5 of the name', () => {
  expect(connectorGuid('photos')).toBe(`con_${createHash('md5').update('photos').digest('hex').slice(0, 26)}`)
  fc.assert(fc.property(fc.string(), name => /^con_[0-9a-f]{26}$/.test(connectorGuid(name))))
})

test.each([
  ['photos', true],
  ['a', true],
  ['Photos_2026.raw-1', true],
  ['9lives', true],
  ['a'.repeat(64), true],
  ['a'.repeat(65), false],
  ['', false],
  ['-a', false],
  ['.a', false],
  ['..', false],
  ['__proto__', false],
  ['a b', false],
  ['a/b', false],
  ['é', false],
  ['a\n', false],
])('the name %j is allowed: %s', (name, allowed) => expect(isName(name)).toBe(allowed))

test.each([
  ['photo-bucket', { kind: 'bucket', name: 'photo-bucket' }],
  ['./demo-bucket', { kind: 'folder', name: 'demo-bucket', path: '/work/demo-bucket' }],
  ['../demo-bucket/', { kind: 'folder', name: 'demo-bucket', path: '/demo-bucket' }],
  ['data/bucket', { kind: 'folder', name: 'bucket', path: '/work/data/bucket' }],
  ['/data/bucket', { kind: 'folder', name: 'bucket', path: '/data/bucket' }],
  ['.', { kind: 'folder', name: 'work', path: '/work' }],
])('the bucket %s', (text, bucket) => expect(parseBucket(text, '/work')).toEqual(bucket))

test('settings from the lake are spelled as in the file, and belong to no line', () => {
  const settings = { source_bucket: './b', inventory: { destination_bucket: './d', config_name: 'c', prefix: 'p' } }
  expect(parseConnector('x', settings, '/work')).toMatchObject({
    source: { path: '/work/b' },
    inventory: { destination: { path: '/work/d' }, prefix: 'p/', configName: 'c' },
    declaredAt: undefined,
  })
})

test.each([
  ['x y', { source_bucket: 'aaa' }, 'connector name: expected a name of up to 64 letters'],
  ['x', {}, 'connector x: source_bucket: expected the name of a bucket, or a folder such as ./bucket, got none'],
  [
    'x',
    { source_bucket: 'aaa', tint: 1 },
    'connector x: tint: unknown key; the keys here are source_bucket, inventory',
  ],
  ['x', null, 'connector x: settings: expected a mapping of keys, got null'],
])('connector %j with %j is refused', (name, settings, message) => {
  expect(() => parseConnector(name, settings, '/work')).toThrow(UsageError)
  expect(() => parseConnector(name, settings, '/work')).toThrow(message)
})

test('a connector is found by its name or its GUID', () => {
  expect(getConnector([photos, logs], 'logs')).toBe(logs)
  expect(getConnector([photos, logs], photos.guid)).toBe(photos)
})

test.each([
  [[photos, logs], 'photo', 'connector "photo": no such connector; did you mean photos?'],
  [[photos, logs], 'market', 'connector "market": no such connector; known are photos, logs'],
  [[], 'photos', 'connector "photos": no such connector; none is configured'],
])('an unknown one is not found', (connectors, name, message) => {
  expect(() => getConnector(connectors, name)).toThrow(NotFoundError)
  expect(() => getConnector(connectors, name)).toThrow(message)
})
