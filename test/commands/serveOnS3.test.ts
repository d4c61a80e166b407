import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { FolderPage } from '../../src/api/folders.js'
import { writeReport } from '../../src/demo/writeReport.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { describeWithOracles, duckdbExtension } from '../oracles/oracles.js'
import { startMiniStack } from '../services/miniStack.js'
import { createBucket, type S3Service } from '../services/s3Service.js'
import { until } from './agentPlace.js'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'
import { jobEnds, type StartedServer, startServe } from './startServe.js'

const COUNTED = 'select key, size from objects order by key'

describeWithOracles.each(['{ type: files }', '{ type: glue, database: served }'])(
  'a server of a lake on S3, %s',
  catalog => {
    let service: S3Service
    let place: CommandFolder
    let server: StartedServer
    const env = () => ({
      PATH: process.env.PATH,
      AWS_ACCESS_KEY_ID: service.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: service.credentials.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
    })
    beforeAll(async () => {
      service = await startMiniStack()
      for (const [name, value] of Object.entries(env())) vi.stubEnv(name, value)
      place = await openCommandFolder()
      await place.configure(`lake: s3://${await createBucket(service)}/the lake
catalog: ${catalog}
aws: { region: us-east-1, endpoint: '${service.endpoint}', path_style: true }
engine: { extensions: ${dirname(duckdbExtension('httpfs'))} }
connectors:
  photos:
    source_bucket: ./photo-bucket
    inventory: { destination_bucket: ./reports, config_name: daily }
`)
      await writeReport(
        [{ key: '2026/a.jpg', size: 1_000, eTag: 'a', lastModified: new Date('2025-12-01T00:00Z') }],
        {
          ...{ sourceBucket: 'photo-bucket', destinationBucket: 'reports', prefix: '', configName: 'daily' },
          ...{ takenAt: new Date('2026-01-20T01:00Z'), fields: ['bucket', 'key', 'size', 'e_tag'], filesCount: 1 },
        },
        new FolderStore(join(place.folder, 'reports')),
      )
      server = await startServe(place, ['--require-token'], env())
    })
    afterAll(async () => {
      expect(await server?.stop()).toBe(0)
      vi.unstubAllEnvs()
      await place?.remove()
      await service?.stop()
    })

    test('imports, reads and asks as one in a folder does', async () => {
      expect(server.told()).toContain('warning: nobody can use it yet')
      const { stdout: token } = await place.run(['token', 'create', 'anna', '--role', 'operate'])
      const headers = { authorization: `Bearer ${token.trim()}`, 'content-type': 'application/json' }
      const post = (path: string, body: unknown) =>
        server.ask(path, { method: 'POST', headers, body: JSON.stringify(body) })
      const queued = await post('/api/connectors/photos/inventory/import', {})
      expect(queued.status).toBe(202)
      expect(await jobEnds(server, queued.headers.get('location') ?? '', headers)).toBe('succeeded')
      // What another process has written is seen within five seconds.
      await until(async () =>
        (await (await server.ask('/api/snapshots', { headers })).text()).includes('2026-01-20T01-00Z'),
      )
      const answer = await server.ask('/api/connectors/photos/inventory/folders', { headers })
      const { folders } = (await answer.json()) as FolderPage
      expect(folders).toMatchObject([{ path: '2026/', object_count: 1, total_size_bytes: 1_000 }])
      const answered = await (await post('/api/query', { sql: COUNTED })).json()
      expect(answered).toMatchObject({ rows: [['2026/a.jpg', 1_000]], is_cut: false })
      const stolen = await (await post('/api/query', { sql: "select * from read_text('/etc/passwd')" })).text()
      expect(stolen).not.toContain('root:')
      // Other engines get to know what the server has changed.
      expect((await post('/api/collections', { connector: 'photos', folder: '2026/', name: 'New' })).status).toBe(201)
      expect(await place.rows(['query', 'select name from collections'])).toEqual([{ name: 'New' }])
    })
  },
)
