import { tmpdir } from 'node:os'
import { createApp } from '../../../../src/web/createApp.js'
import { describeApi } from '../../../../src/web/routes/openapiRoutes.js'
import { bareWorld } from '../../../web/bareWorld.js'
import { type FuzzTarget, require } from '../fuzzTarget.js'

const BODIES: readonly unknown[] = [
  { name: 'photos', source_bucket: './bucket', inventory: { destination_bucket: './reports', config_name: 'daily' } },
  { sql: 'select 1', limit: 10 },
  { type: 'import', connector: 'photos', params: { all: true } },
  { name: 'a', folders: [{ connector: 'photos', path: '2026/' }], tags: ['x'] },
  { token: 'stocktake_abc' },
]

/** A request: method and path on the first line, the body after it. Whatever it is, the server itself doesn't fail. */
const api: FuzzTarget = {
  name: 'api',
  refusals: [],
  dictionary: [
    ...[
      'GET ',
      'POST ',
      'PUT ',
      'PATCH ',
      'DELETE ',
      '/api/',
      '?',
      '&',
      '=',
      '%00',
      '%2F',
      '%',
      '..',
      '//',
      '%ff',
      '+',
      'limit=1e9',
      'limit=-1',
    ],
    ...[
      '"',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      'null',
      '__proto__',
      '\\u0000',
      '\\ud800',
      '\n',
      '9'.repeat(30),
      'connector=',
      'snapshot=',
      'cursor=',
    ],
  ],
  open: async () => {
    const world = bareWorld()
    const app = createApp(world, { access: { needsToken: false, hosts: [] }, pageFolder: tmpdir() })
    const operations = Object.entries(describeApi(app, '').paths ?? {}).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { parameters = [] }]) => {
        const query = parameters.flatMap((each: { in?: string; name?: string }) =>
          each.in === 'query' ? [`${each.name}=a`] : [],
        )
        return `${method.toUpperCase()} ${path.replace(/\{\w+\}/g, 'x')}${query.length > 0 ? `?${query.join('&')}` : ''}`
      }),
    )
    return {
      seeds: operations.map((line, i) =>
        Buffer.from(line.startsWith('GET') ? line : `${line}\n${JSON.stringify(BODIES[i % BODIES.length])}`),
      ),
      async read(input) {
        const [line = '', ...body] = Buffer.from(input).toString('latin1').split('\n')
        const [, method = 'GET', path = '/'] = /^([A-Z]{3,7}) ([\x21-\x7e]*)/.exec(line) ?? []
        if (['TRACE', 'CONNECT', 'TRACK'].includes(method)) return // none that a Request of Node's can be
        const sent = Buffer.from(body.join('\n'), 'latin1')
        const hasBody = sent.length > 0 && method !== 'GET' && method !== 'HEAD'
        const url = `http://localhost/${path.replace(/^\/*/, '')}`
        if (!URL.canParse(url)) return
        world.warnings.length = 0
        const headers = {
          host: 'localhost',
          ...(hasBody && { 'content-type': 'application/json', 'content-length': String(sent.length) }),
        }
        const answer = await app.request(url, { method, headers, ...(hasBody && { body: sent }) })
        if (answer.headers.get('content-type')?.startsWith('text/event-stream')) return answer.body?.cancel() // it goes on
        const told = await answer.text()
        // What has passed all checks meets the world of the tests, which has no lake to be looked at.
        const isChecked = world.warnings.some(warning => warning.includes('at /private/place'))
        require(answer.status < 500 ||
          isChecked, `${answer.status} for ${line.slice(0, 200)}: ${world.warnings.join(' ').slice(0, 500)}`)
        require(!told.includes('/private'), "it tells what is the server's own")
        if (answer.status >= 400 && method !== 'HEAD' && told !== '')
          require(answer.headers.get('content-type')?.startsWith('application/problem+json') ===
            true, `${answer.status} is no problem`)
      },
    }
  },
}

export const API_TARGETS: readonly FuzzTarget[] = [api]
