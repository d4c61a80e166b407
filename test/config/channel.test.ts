import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { NOTICE_KINDS } from '../../src/config/channel.js'
import { loadConfig } from '../../src/config/config.js'
import { formatConfigTemplate } from '../../src/config/configTemplate.js'
import { packageFolder } from '../../src/packageFolder.js'

const load = (text: string) =>
  loadConfig(
    {},
    { cwd: '/work', env: {}, readText: async path => (path === '/work/stocktake.yaml' ? text : undefined) },
  )

const mistakes = async (text: string): Promise<string[]> => {
  const error = await load(text).catch(caught => caught)
  return error.message.split('\n').map((line: string) => line.replace('stocktake.yaml:', ''))
}

test('channels of each type, with all defaults', async () => {
  const { notify } = await load(`
notify:
  - { name: pager, type: webhook, url: "https://alerts.example.com/stocktake?team=data", secret_env: HOOK_SECRET }
  - { name: ops, type: slack, url_env: SLACK_URL, on: [failing, recovered], min_priority: high }
  - name: mail
    type: email
    host: smtp.example.com
    username: stocktake
    password_env: SMTP_PASSWORD
    from: stocktake@example.com
    to: [data@example.com]
  - { name: near, type: email, host: 127.0.0.1, port: 465, from: a@b.c, to: [a@b.c] }
  - { name: old, type: webhook, url_env: HOOK, on: , min_priority: , url: }
`)
  const all = { on: [...NOTICE_KINDS], minPriority: 'critical' }
  const mail = { type: 'email', from: 'a@b.c', to: ['a@b.c'] }
  expect(notify).toEqual([
    {
      ...{ ...all, name: 'pager', type: 'webhook', secretEnv: 'HOOK_SECRET' },
      url: { kind: 'plain', url: 'https://alerts.example.com/stocktake?team=data' },
    },
    {
      ...{ name: 'ops', type: 'slack', url: { kind: 'env', name: 'SLACK_URL' } },
      ...{ on: ['failing', 'recovered'], minPriority: 'high' },
    },
    {
      ...{ ...all, ...mail, name: 'mail', host: 'smtp.example.com', port: 587, tls: 'starttls' },
      login: { username: 'stocktake', passwordEnv: 'SMTP_PASSWORD' },
      ...{ from: 'stocktake@example.com', to: ['data@example.com'] },
    },
    { ...all, ...mail, name: 'near', host: '127.0.0.1', port: 465, tls: 'tls' },
    { ...all, name: 'old', type: 'webhook', url: { kind: 'env', name: 'HOOK' } },
  ])
})

const mailWith = (more: string) => `notify: [{ name: m, type: email, host: h, from: a@b.c, to: [a@b.c], ${more} }]`

test.each([
  ['notify: [{ name: a, type: pigeon }]', '1:27: notify[0].type: expected one of webhook, slack, email, got "pigeon"'],
  ['notify: [{ name: a, type: slack }]', '1:10: notify[0].url_env: expected the name of an environment variable, …'],
  ['notify: [{ type: slack, url_env: A }]', '1:10: notify[0].name: expected a name of up to 64 …, got none'],
  [
    'notify: [{ name: ../a, type: slack, url_env: A }]',
    '1:18: notify[0].name: expected a name of up to 64 …, got "../a"',
  ],
  ['notify: [{ name: a, type: slack, url_env: A, chanel: b }]', '1:46: notify[0].chanel: unknown key; …'],
  [
    'notify: [{ name: a, type: slack, url_env: A, on: [stale, broken] }]',
    '1:58: notify[0].on[1]: expected one of stale, failing, recovered, gaps, refused, overdue, got "broken"',
  ],
  ['notify: [{ name: a, type: slack, url_env: A, on: [] }]', '1:50: notify[0].on: expected a list of kinds, got []'],
  [
    'notify: [{ name: a, type: slack, url_env: A }, { name: a, type: webhook, url_env: B }]',
    '1:56: notify[1].name: expected a name of its own, got "a"',
  ],
  ['notify: [{ name: a, type: webhook }]', '1:10: notify[0].url: expected either url or url_env, got none'],
  [
    'notify: [{ name: a, type: webhook, url: https://sesam.example.com, url_env: B }]',
    '1:41: notify[0].url: expected either url or url_env, got another text',
  ],
  [
    'notify: [{ name: a, type: webhook, url: "https://me:sesam@example.com/" }]',
    '1:41: notify[0].url: expected https://…',
  ],
  [
    'notify: [{ name: a, type: webhook, url: ftp://sesam }]',
    '1:41: notify[0].url: expected https://…, got another text',
  ],
  ['notify: [{ name: a, type: webhook, url: "https://a b/" }]', '1:41: notify[0].url: expected https://…'],
  [mailWith('username: me'), '1:79: notify[0].username: expected both username and password_env, or neither, got …'],
  [
    mailWith('username: me, password_env: P, tls: none'),
    '1:105: notify[0].tls: expected starttls or tls, as a password is sent, got "none"',
  ],
  [mailWith('password: sesam'), '1:69: notify[0].password: unknown key; did you mean password_env?'],
  [mailWith('port: 0'), '1:75: notify[0].port: expected a whole number from 1 to 65535, got 0'],
  [
    'notify: [{ name: m, type: email, host: "h\\r\\nx", from: a@b.c, to: [a@b.c] }]',
    '1:40: notify[0].host: expected the …',
  ],
  [
    'notify: [{ name: m, type: email, host: h, from: "a@b.c\\r\\nBcc: x@y.z", to: [a@b.c] }]',
    '1:49: notify[0].from: expected an …',
  ],
  [
    'notify: [{ name: m, type: email, host: h, from: a@b.c, to: [] }]',
    '1:60: notify[0].to: expected a list of 1 to 100 addresses, got []',
  ],
])('%s is refused: %s', async (text, line) => {
  const [first = ''] = await mistakes(text)
  const pattern = line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '.*')
  expect(first).toMatch(new RegExp(`^${pattern}$`))
})

test.each([
  'notify: [{ name: a, type: slack, url_env: "https://hooks.slack.com/sesam" }]',
  'notify: [{ name: a, type: slack, url: "https://hooks.slack.com/sesam" }]',
  'notify: { type: slack, url: "https://hooks.slack.com/sesam" }',
  'notify: ["https://hooks.slack.com/sesam"]',
  'notify: https://hooks.slack.com/sesam',
  'notify: [[sesam]]',
  mailWith('username: me, password_env: "sesam!"'),
  mailWith('password: sesam'),
])('%s is refused without showing what may be a secret', async text => {
  const lines = await mistakes(text)
  expect(lines.join()).toMatch(/notify/)
  expect(lines.join()).not.toContain('sesam')
})

test('the examples of docs/alerts.md and of a new stocktake.yaml are understood', async () => {
  const docs = readFileSync(join(packageFolder(), 'docs', 'alerts.md'), 'utf8')
  const [, example = ''] = /^```yaml\n(.*?)^```$/ms.exec(docs) ?? []
  expect((await load(example)).notify.map(({ name }) => name)).toEqual(['pager', 'ops', 'mail'])
  const template = formatConfigTemplate('./lake')
  const lines = template.slice(template.indexOf('# notify:')).replace(/^# /gm, '')
  expect((await load(lines)).notify.map(({ name }) => name)).toEqual(['ops', 'pager', 'mail'])
})
