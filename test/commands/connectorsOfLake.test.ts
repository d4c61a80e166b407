import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectorGuid } from '../../src/config/connector.js'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'

let place: CommandFolder
beforeEach(async () => {
  place = await openCommandFolder()
  await place.configure('lake: ./lake\nconnectors:\n  photos: { source_bucket: photo-bucket }\n')
})
afterEach(() => place.remove())

const run = (...args: string[]) => place.run(['connectors', ...args])
const show = async (name: string) => (await place.rows(['connectors', 'show', name]))[0]
const list = async () => (await place.rows(['connectors', 'list'])).map(({ name, declared_at }) => [name, declared_at])

describe('a connector of the lake', () => {
  test('is added, which makes the lake, is listed after the declared ones, and is changed and removed', async () => {
    const added = await run('add', 'logs', '--source-bucket', './bucket', '--scan-mode', 'full', '--sample-rate', '0.5')
    expect(added).toEqual({
      code: 0,
      stdout: 'added logs to ./lake\n  stocktake connectors test logs\n',
      stderr: 'made the lake …/lake\n',
    })
    expect(await list()).toEqual([
      ['photos', 'stocktake.yaml:3:3'],
      ['logs', null],
    ])
    expect((await run('list')).stdout).toMatch(/^logs +…\/bucket +weekly +the lake$/m)
    const settings = { guid: connectorGuid('logs'), scan_mode: 'full', sample_rate: 0.5, schedule: 'weekly' }
    expect(await show('logs')).toMatchObject({ source_bucket: '…/bucket', ...settings })

    expect(
      await run('set', 'logs', '--schedule', 'daily', '--no-fallback-to-sample', '--warn-after', '2h'),
    ).toMatchObject({
      code: 0,
      stdout:
        'changed logs\n  fallback to sample: true → false\n  schedule: weekly → daily\n  warn after: 36 h → 2 h\n',
    })
    expect(await run('set', 'logs', '--schedule', 'daily')).toMatchObject({ code: 0, stdout: 'logs is as it was\n' })
    expect(await show(connectorGuid('logs'))).toMatchObject({
      ...settings,
      schedule: 'daily',
      error_after_ms: 259_200_000,
    })

    expect(await run('remove', 'logs', '--yes')).toMatchObject({
      code: 0,
      stdout: 'removed logs; its snapshots stay in the lake\n',
    })
    expect(await list()).toHaveLength(1)
    expect((await run('show', 'logs')).code).toBe(3)
    expect((await run('add', 'logs', '--source-bucket', 'other-bucket')).code).toBe(0)
    expect(await show('logs')).toMatchObject({ source_bucket: 'other-bucket', scan_mode: 'aws_inventory' })
  })

  test('that cannot be read keeps none of the others away, and is told of', async () => {
    await run('add', 'logs', '--source-bucket', './bucket')
    const folder = join(place.folder, 'lake/state/connectors', connectorGuid('a-later-one'))
    await mkdir(folder)
    await writeFile(join(folder, '1.json'), '{"format_version":2}')
    expect((await list()).map(([name]) => name)).toEqual(['photos', 'logs'])
    const { stderr } = await run('list')
    expect(stderr).toMatch(/^warning: left out, in the lake: .*a document that Stocktake wrote/)
  })

  test('takes every setting, by options and as JSON', async () => {
    const flags = {
      'source-bucket': 'logs-bucket',
      'inventory-bucket': './reports',
      prefix: 'inv',
      'config-name': 'weekly',
      'report-format': 'ORC',
      'scan-mode': 'sample',
      'sample-rate': '0.25',
      'fallback-to-sample': 'false',
      schedule: 'inventory',
      'warn-after': '2h',
      'error-after': '2d',
      'max-rejected': '1%',
    }
    const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)
    expect((await run('add', 'flags', ...args, '--field', 'size=Bytes', '--field', 'key=The Key')).code).toBe(0)
    const json = {
      source_bucket: 'logs-bucket',
      inventory: {
        ...{ destination_bucket: './reports', prefix: 'inv', config_name: 'weekly', format: 'ORC' },
        fields: { size: 'Bytes', key: 'The Key' },
      },
      ...{ scan_mode: 'sample', sample_rate: 0.25, fallback_to_sample: false, schedule: 'inventory' },
      ...{ freshness: { warn_after: '2h', error_after: '2d' }, max_rejected: '1%' },
    }
    await writeFile(join(place.folder, 'json.json'), JSON.stringify(json))
    expect((await run('add', 'json', '--from-json', 'json.json')).code).toBe(0)
    const [byFlags, byJson] = [await show('flags'), await show('json')]
    expect({ ...byFlags, name: '', guid: '' }).toEqual({ ...byJson, name: '', guid: '' })
    expect(byJson).toMatchObject({ destination_bucket: '…/reports', prefix: 'inv/' })
  })

  test('JSON comes from stdin, too; null takes a setting back, options go over it', async () => {
    await run(
      'add',
      'logs',
      '--source-bucket',
      'b-1',
      '--inventory-bucket',
      'inv',
      '--config-name',
      'c',
      '--schedule',
      'daily',
    )
    const stdin = Readable.from(['{"schedule": null, "inventory": {"prefix": "p"}, ', '"scan_mode": "full"}'])
    const args = ['connectors', 'set', 'logs', '--from-json', '-', '--scan-mode', 'sample']
    expect(await place.run(args, { stdin })).toMatchObject({ code: 0, stderr: '' })
    const kept = { destination_bucket: 'inv', config_name: 'c' }
    expect(await show('logs')).toMatchObject({ ...kept, prefix: 'p/', schedule: 'weekly', scan_mode: 'sample' })
    const none = Readable.from(['{"inventory": null}'])
    expect((await place.run(['connectors', 'set', 'logs', '--from-json', '-'], { stdin: none })).code).toBe(0)
    expect(await show('logs')).toMatchObject({ destination_bucket: null })
  })

  test('has the folders that a person names from where they are', async () => {
    await mkdir(join(place.folder, 'sub'))
    const args = ['connectors', 'add', 'logs', '--source-bucket', './bucket']
    expect((await place.run(args, { cwd: join(place.folder, 'sub') })).code).toBe(0)
    expect(await show('logs')).toMatchObject({ source_bucket: '…/sub/bucket' })
  })

  test.each([
    [['add', '../logs', '--source-bucket', 'b-1'], 'connector name: expected a name of up to 64 letters'],
    [
      ['add', 'logs'],
      'connector logs: source_bucket: expected the name of a bucket, or a folder such as ./bucket, got none',
    ],
    [
      ['add', 'logs', '--source-bucket', 'b-1', '--schedule', 'dayly'],
      'schedule: expected one of manual, daily, weekly, inventory, got "dayly"; did you mean daily?',
    ],
    [
      ['add', 'logs', '--source-bucket', 'b-1', '--inventory-bucket', 'i-1'],
      'inventory.config_name: expected text, got none',
    ],
    [['add', 'logs', '--source-bucket', 'b-1', '--field', 'size'], '--field: expected FIELD=NAME'],
    [['add', 'logs', '--sorce-bucket', 'b-1'], '--sorce-bucket: unknown option; did you mean --source-bucket?'],
    [['add', 'logs', '--from-json', 'none.json'], 'none.json: no such file'],
    [['add', 'logs', '--from-json', 'list.json'], 'expected one JSON object'],
    [['add', 'logs', '--from-json', 'proto.json'], '__proto__: unknown key'],
    [['add', connectorGuid('logs'), '--source-bucket', 'b-1'], 'connector name: expected a name that is no GUID'],
    [['add', 'photos', '--source-bucket', 'b-1'], 'declared at stocktake.yaml:3:3; change it there'],
    [['set', 'photos', '--schedule', 'daily'], 'declared at stocktake.yaml:3:3; change it there'],
    [['set', connectorGuid('photos'), '--schedule', 'daily'], 'declared at stocktake.yaml:3:3'],
    [['remove', 'photos', '--yes'], 'declared at stocktake.yaml:3:3'],
  ])('%j is refused, and makes no lake', async (args, message) => {
    await writeFile(join(place.folder, 'list.json'), '[1]')
    await writeFile(join(place.folder, 'proto.json'), '{"source_bucket":"b-1","__proto__":{"schedule":"daily"}}')
    expect(await run(...args)).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(message) })
    expect(await readdir(place.folder)).not.toContain('lake')
  })

  test('is there once', async () => {
    await run('add', 'logs', '--source-bucket', 'b-1')
    expect(await run('add', 'logs', '--source-bucket', 'b-2')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is one in the lake; stocktake connectors set logs changes it'),
    })
    expect(await run('set', 'logs')).toMatchObject({ code: 2, stderr: expect.stringContaining('expected a setting') })
    expect((await run('set', 'lgos', '--schedule', 'daily')).stderr).toContain('did you mean logs?')
  })

  test('is only removed when a person says so', async () => {
    await run('add', 'logs', '--source-bucket', 'b-1')
    expect(await run('remove', 'logs')).toMatchObject({ code: 2, stderr: expect.stringContaining('or --yes') })
    const asked: string[] = []
    const answer = (yes: boolean) => ({
      ask: async (question: string) => {
        asked.push(question)
        return yes
      },
    })
    const remove = ['connectors', 'remove', 'logs']
    expect(await place.run(remove, answer(false))).toMatchObject({
      code: 1,
      stderr: 'stocktake: nothing was changed\n',
    })
    expect(await list()).toHaveLength(2)
    expect((await place.run(remove, answer(true))).code).toBe(0)
    expect(asked).toEqual(Array(2).fill('remove connector logs? its snapshots stay'))
    expect(await list()).toHaveLength(1)
  })

  test('that several change at once has all changes', async () => {
    await run('add', 'logs', '--source-bucket', 'b-1')
    const changes = [
      ['--schedule', 'daily'],
      ['--sample-rate', '0.5'],
      ['--max-rejected', '2%'],
      ['--warn-after', '1h'],
      ['--scan-mode', 'full'],
    ]
    const codes = await Promise.all(changes.map(async args => (await run('set', 'logs', ...args)).code))
    expect(codes).toEqual(changes.map(() => 0))
    expect(await show('logs')).toMatchObject({
      ...{ schedule: 'daily', sample_rate: 0.5, max_rejected: 0.02, warn_after_ms: 3_600_000, scan_mode: 'full' },
    })
  })

  test('that is added by several at once is of one of them', async () => {
    const codes = await Promise.all(
      ['b-1', 'b-2', 'b-3'].map(async bucket => (await run('add', 'logs', '--source-bucket', bucket)).code),
    )
    expect(codes.sort()).toEqual([0, 2, 2])
  })

  test('that a declared one hides is told of, and can not be changed', async () => {
    await run('add', 'logs', '--source-bucket', 'b-1')
    await place.configure('lake: ./lake\nconnectors:\n  logs: { source_bucket: b-2 }\n')
    const listed = await run('list')
    expect(listed.stderr).toContain('a connector logs lives in the lake, too: the one at stocktake.yaml:3:3 hides it')
    expect(await list()).toEqual([['logs', 'stocktake.yaml:3:3']])
    expect((await run('set', 'logs', '--schedule', 'daily')).code).toBe(2)
    expect(await show('logs')).toMatchObject({ source_bucket: 'b-2' })
  })

  test('is imported, scanned, compared and expected of as a declared one is', async () => {
    await mkdir(join(place.folder, 'bucket'))
    await writeFile(join(place.folder, 'bucket/a.txt'), 'a')
    await run('add', 'logs', '--source-bucket', './bucket', '--scan-mode', 'full')
    expect((await run('test', 'logs')).stdout).toContain('source')
    expect(await place.run(['import', 'logs'])).toMatchObject({ code: 0, stdout: expect.stringContaining('logs') })
    expect((await place.run(['scan', connectorGuid('logs'), '--prefix', 'a'])).code).toBe(0)
    expect((await place.run(['setup', 'logs'])).stderr).toContain('no inventory')
    expect((await place.run(['doctor'])).stdout).toMatch(/^ok +logs|^\w+ +configuration/m)
    expect(await place.rows(['snapshots', 'logs'])).toHaveLength(2)
    await writeFile(
      join(place.folder, 'data_inventory.yaml'),
      'datasets:\n  all:\n    connector: logs\n    key: "{letter}.txt"\n    expect: { letter: [a, b] }\n',
    )
    expect((await place.run(['reconcile', '--use-cache'])).stdout).toContain('1 of 2')
    const deeds = await place.rows([
      'query',
      "select action, outcome from audit where subject = 'logs' order by audit_id",
    ])
    expect(deeds.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      'connector add done',
      'scan done',
      'scan done',
    ])
  })
})

describe('a lake', () => {
  test('is not asked for a declared connector, nor by what needs none', async () => {
    await mkdir(join(place.folder, 'lake/state'), { recursive: true })
    await writeFile(join(place.folder, 'lake/state/connectors'), 'no folder')
    expect((await run('show', 'photos')).code).toBe(0)
    expect((await place.run(['report', '--list'])).code).toBe(0)
  })

  test('that can not be read is a warning where there is something to say without it', async () => {
    const folder = join(place.folder, `lake/state/connectors/${connectorGuid('logs')}`)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, '1.json'), 'broken')
    const { code, stdout, stderr } = await run('list')
    expect([code, stderr]).toEqual([0, expect.stringContaining('left out, in the lake: ')])
    expect(stdout).toContain('photos')
    expect(await run('show', 'logs')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('left out, in the lake: '),
    })
  })

  test('keeps connectors that only a later version can read, and says so', async () => {
    await run('add', 'logs', '--source-bucket', 'b-1')
    const path = join(place.folder, `lake/state/connectors/${connectorGuid('logs')}/1.json`)
    const later = (await readFile(path, 'utf8')).replace('"source_bucket"', '"later_setting": 1, "source_bucket"')
    await writeFile(path, later)
    const { code, stderr } = await run('list')
    expect([code, stderr]).toEqual([0, expect.stringContaining('connector logs: later_setting: unknown key')])
    expect(await list()).toHaveLength(1)
  })
})
