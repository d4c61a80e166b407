import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EmailChannel } from '../../src/config/channel.js'
import { NOTICE_KINDS } from '../../src/config/channel.js'
import { formatMail } from '../../src/jobs/notifyMailText.js'
import type { Message } from '../../src/jobs/notifyMessage.js'
import { networkSender } from '../../src/jobs/notifySend.js'
import { packageFolder } from '../../src/packageFolder.js'
import { describeWithOracles } from '../oracles/oracles.js'
import { type MailServer, startMailServer } from './mailServer.js'
import { connectorIs, importFails, openNotifyWorld, withGaps } from './notifyWorld.js'

const run = promisify(execFile)

const HOSTILE = 'a<script>alert(1)</script>"\' & b\r\nBcc: eve@example.com\u0000\u202e'

async function makeMessage(): Promise<Message> {
  const world = openNotifyWorld()
  await world.round({
    ...withGaps(['gap_a', 'gap_b']),
    urgent_gaps: [{ gap_id: 'gap_a', priority: 'critical', dataset: HOSTILE, reason: HOSTILE }],
    connectors: [connectorIs(HOSTILE, 'error'), connectorIs('photos', 'warn')],
    failing: [importFails({ message: HOSTILE })],
  })
  const message = world.tried[0]?.message
  if (!message) throw new Error('expected a message')
  return message
}

describe('a mail', () => {
  test('has no markup from names, and loads nothing', async () => {
    const { subject, html } = formatMail(await makeMessage())
    expect(subject).toBe('[Stocktake] 1 failing, 2 stale, 2 critical gaps: 2 new')
    const tags = new Set([...html.matchAll(/<\/?([a-z!]+)/g)].map(([, tag]) => tag))
    expect(tags).toEqual(new Set(['!doctype', ...'html head meta title body table tr td div span'.split(' ')]))
    expect(html).not.toMatch(/https?:|url\(|src=|href=/)
    expect(html).toContain('a&#60;script&#62;alert(1)&#60;/script&#62;&#34;&#39; &#38; b Bcc: eve@example.com')
  })

  test('of one change has it for a subject, in one line of bounded length', async () => {
    const world = openNotifyWorld()
    await world.round({ connectors: [connectorIs(`${HOSTILE}${'é'.repeat(500)}`, 'warn')] })
    const { subject } = formatMail(world.tried[0]?.message as Message)
    expect(subject).toMatch(/^\[Stocktake\] a<script>.*é…$/)
    expect(subject).not.toMatch(/[\p{Cc}\u202e]/u)
    expect(subject.length).toBeLessThanOrEqual(150)
  })

  test('says what, since when, how bad, and what to type', async () => {
    const world = openNotifyWorld()
    await world.round({
      ...withGaps(['gap_a']),
      connectors: [connectorIs('photos', 'warn')],
      failing: [importFails({ failures: 3 })],
    })
    expect(formatMail(world.tried[0]?.message as Message).text).toBe(`1 failing, 1 stale, 1 critical gap: 1 new

error    import of photos fails
         3 times in a row since 2026-01-20 07:00 UTC (2 h): s3://inventory: access denied
         stocktake doctor photos

error    1 critical gap: 1 new
         stocktake gaps --priority critical

warning  photos is stale
         its newest snapshot is 2026-01-18T01-00Z, 2 days old
         stocktake import photos

Stocktake, lake memory://lake, 2026-01-20 09:00 UTC
`)
  })
})

const emailTo = (port: number, more: Partial<EmailChannel> = {}): EmailChannel => ({
  ...{ name: 'mail', type: 'email', host: 'localhost', port, tls: 'none', on: NOTICE_KINDS, minPriority: 'critical' },
  ...{ from: 'stocktake@example.com', to: ['data@example.com', 'ops@example.com'], ...more },
})

const send = async (channel: EmailChannel, message: Message, env: Record<string, string> = {}) =>
  networkSender({ env, now: () => new Date() })(channel, message, new AbortController().signal)

describeWithOracles('a mail server', () => {
  let folder: string
  let [certificate, key]: string[] = []
  let plain: MailServer
  let strict: MailServer
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stocktake-mail-'))
    certificate = join(folder, 'certificate.pem')
    key = join(folder, 'key.pem')
    const days = ['-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-keyout', key, '-out', certificate]
    await run('openssl', ['req', '-x509', '-nodes', ...made, ...days])
    plain = await startMailServer()
    strict = await startMailServer(certificate, key, 'stocktake', 'sesam')
  })
  afterAll(async () => {
    await plain?.stop()
    await strict?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test('takes text and HTML, whose headers are ours alone', async () => {
    const message = await makeMessage()
    const { subject, text, html } = formatMail(message)
    expect(await send(emailTo(plain.port), message)).toBe(`localhost:${plain.port} took it for 2 recipients`)
    await plain.received(1)
    const [mail] = plain.mails
    expect(mail).toMatchObject({ from: 'stocktake@example.com', to: ['data@example.com', 'ops@example.com'] })
    expect(mail?.text.trimEnd()).toBe(text.trimEnd())
    expect(mail?.html.trimEnd()).toBe(html.trimEnd())
    const headers = Object.fromEntries(mail?.headers ?? [])
    expect(headers).toMatchObject({
      Subject: subject,
      'Message-ID': `<${message.id}@example.com>`,
      'Auto-Submitted': 'auto-generated',
      From: 'stocktake@example.com',
      To: 'data@example.com, ops@example.com',
    })
    expect(Object.keys(headers)).not.toContain('Bcc')
  })

  test('that refuses one recipient has told the other', async () => {
    const channel = emailTo(plain.port, { to: ['nobody@example.com', 'data@example.com'] })
    expect(await send(channel, await makeMessage())).toMatch(/took it for 1 recipient, and refused 1$/)
    await expect(send({ ...channel, to: ['nobody@example.com'] }, await makeMessage())).rejects.toThrow(
      '550 5.1.1 no such user; check from and to',
    )
  })

  test('without STARTTLS is told nothing, where that is asked for', async () => {
    const mails = plain.mails.length
    await expect(send(emailTo(plain.port, { tls: 'starttls' }), await makeMessage())).rejects.toThrow('check tls')
    expect(plain.mails).toHaveLength(mails)
  })

  test('whose certificate nobody vouches for is told nothing', async () => {
    const login = { username: 'stocktake', passwordEnv: 'PASSWORD' }
    const channel = emailTo(strict.port, { tls: 'starttls', login })
    const error = await send(channel, await makeMessage(), { PASSWORD: 'sesam' }).catch(each => each)
    expect(error.message).toContain('self-signed certificate; check tls')
    await expect(send(channel, await makeMessage())).rejects.toThrow('expected PASSWORD in the environment')
    expect(strict.mails).toEqual([])
  })

  test('that has a known certificate is signed in to; `notify test` says so, and that a password is wrong', async () => {
    const settings = `notify:
  - { name: mail, type: email, host: localhost, port: ${strict.port}, from: a@example.com, to: [b@example.com], username: stocktake, password_env: PASSWORD }
`
    await writeFile(join(folder, 'stocktake.yaml'), settings)
    const notifyTest = async (password: string) => {
      const env = { ...process.env, PASSWORD: password, NODE_EXTRA_CA_CERTS: certificate }
      const program = join(packageFolder(), 'dist', 'cli.js')
      const child = spawn(process.execPath, [program, 'notify', 'test'], { cwd: folder, env })
      const [[code], stdout, stderr] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)])
      return { code, stdout, stderr }
    }
    expect(await notifyTest('sesam')).toEqual({
      code: 0,
      stdout: `ok    mail            email: localhost:${strict.port} took it for 1 recipient\n`,
      stderr: '',
    })
    await strict.received(1)
    expect(strict.mails[0]).toMatchObject({ is_tls: true, is_signed_in: true, to: ['b@example.com'] })
    expect(strict.mails[0]?.text).toContain('a test: this channel works, nothing has happened')
    const { code, stdout, stderr } = await notifyTest('wrong-password')
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'stocktake: notify test: 1 of 1 checks failed\n' })
    expect(stdout).toMatch(/^fail {2}mail .*535 5\.7\.8.*\n +fix: check username, and the password in the variable/)
    expect(stdout).not.toContain('wrong-password')
    expect(strict.mails).toHaveLength(1)
  })
})
