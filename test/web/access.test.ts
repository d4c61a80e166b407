import { expect, test } from 'vitest'
import { type RequestOrigin, requireHost, requireOrigin } from '../../src/web/access.js'
import { RequestRefusedError } from '../../src/web/problems.js'

const passes = (act: () => void): boolean => {
  try {
    act()
    return true
  } catch (error) {
    if (error instanceof RequestRefusedError && error.status === 403) return false
    throw error
  }
}

test.each<[string | undefined, boolean]>([
  ['localhost', true],
  ['localhost:8080', true],
  ['LOCALHOST:8080', true],
  ['localhost.:8080', true], // the same name, written to its end
  ['127.0.0.1:9', true], // a port that is mapped to ours
  ['[::1]:8080', true],
  ['lake.example', true], // that it was told
  ['lake.example:443', true],
  [undefined, false],
  ['', false],
  ['evil.example', false],
  ['evil.example:8080', false],
  ['localhost.evil.example', false],
  ['evil.localhost', false],
  ['lake.example.evil.example', false],
  ['127.0.0.2', false],
  ['0.0.0.0:8080', false],
  ['localhost:8080, evil.example', false],
  ['evil.example#localhost', false],
  ['user@localhost', false],
  ['localhost:80800000', false],
  ['[::1', false],
])('for %j: %s', (host, isOurs) => {
  expect(passes(() => requireHost(host, { hosts: ['lake.example'] }))).toBe(isOurs)
})

const request = (method: string, rest: Partial<RequestOrigin>): RequestOrigin => ({
  ...{ method, path: '/folders', host: 'localhost:8080' },
  ...{ origin: undefined, site: undefined, mode: undefined, dest: undefined },
  ...rest,
})

test.each<[string, Partial<RequestOrigin>, boolean]>([
  // programs
  ['GET', {}, true],
  ['POST', {}, true],
  // the page itself
  ['GET', { site: 'same-origin', mode: 'cors' }, true],
  ['POST', { site: 'same-origin', mode: 'cors', origin: 'http://localhost:8080' }, true],
  ['DELETE', { origin: 'https://localhost:8080' }, true], // something before it speaks TLS
  // typed in by hand, and links from elsewhere
  ['GET', { site: 'none', mode: 'navigate' }, true],
  ['GET', { site: 'cross-site', mode: 'navigate' }, true],
  ['GET', { site: 'cross-site', mode: 'navigate', dest: 'document' }, true],
  ['GET', { site: 'none', mode: 'navigate', dest: 'document', path: '/api/openapi.json' }, true],
  // into a frame, and to what is work
  ['GET', { site: 'cross-site', mode: 'navigate', dest: 'iframe' }, false],
  ['GET', { site: 'cross-site', mode: 'navigate', dest: 'object' }, false],
  ['GET', { site: 'cross-site', mode: 'navigate', dest: 'document', path: '/api/gaps' }, false],
  ['HEAD', { site: 'same-site', mode: 'navigate', dest: 'document', path: '/api/gaps' }, false],
  // pages of others
  ['GET', { site: 'cross-site', mode: 'no-cors' }, false],
  ['GET', { site: 'same-site', mode: 'cors' }, false],
  ['POST', { site: 'cross-site', mode: 'navigate', origin: 'http://evil.example' }, false], // a form
  ['POST', { site: 'cross-site' }, false],
  ['POST', { site: 'same-site', origin: 'http://localhost:3000' }, false], // another port of this machine
  ['POST', { origin: 'http://evil.example' }, false],
  ['POST', { origin: 'http://localhost:3000' }, false],
  ['POST', { origin: 'http://localhost:8080.evil.example' }, false],
  ['POST', { origin: 'null' }, false], // a sandboxed frame, a file
  ['PUT', { origin: '' }, false],
  ['POST', { site: 'none', origin: 'http://evil.example' }, false],
  ['POST', { site: 'nonsense' }, false],
  ['POST', { origin: 'http://localhost:8080', host: undefined }, false],
])('%s %j: %s', (method, from, isLetIn) => {
  expect(passes(() => requireOrigin(request(method, from)))).toBe(isLetIn)
})
