import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { demoVersions } from '../../src/demo/demoBucket.js'
import { DEMO_EXPECTATIONS, formatDemoGames } from '../../src/demo/demoSettings.js'
import { type DemoDay, sportsFiles } from '../../src/demo/sportsFiles.js'
import { type ReportRow, writeReport } from '../../src/demo/writeReport.js'
import { FolderStore } from '../../src/lake/folderStore.js'
import { packageFolder } from '../../src/packageFolder.js'
import { type CommandFolder, openCommandFolder } from '../commands/commandFolder.js'
import { type ChildService, findFreePort, startService } from '../services/childService.js'

/** A folder that a server serves, with a bucket and its reports. */
export interface PagePlace extends CommandFolder {
  /** `http://127.0.0.1:…` */
  readonly url: string
  /** Delivers the report of a day of the demo's bucket: of yesterday for the first, of two hours ago for the second. */
  deliver(day: DemoDay): Promise<void>
  putReport(takenAt: Date, rows: Iterable<ReportRow | string>): Promise<void>
  /** Ends the server, and removes the folder. */
  close(): Promise<void>
}

export const BUCKET = 'demo-bucket'
export const REPORTS = 'inventory-bucket'
export const CONFIG_NAME = 'daily'
/** What is really in the bucket, and not only in its reports. */
const REAL_FOLDER = 'sports/box_scores/'

const HOUR_MS = 3_600_000
const HOURS_AGO: Readonly<Record<DemoDay, number>> = { first: 26, second: 2 }

const FIELDS =
  'bucket key version_id is_latest is_delete_marker size last_modified_date e_tag storage_class checksum_algorithm'.split(
    ' ',
  )

/**
 * Starts `stocktake serve`, as it was built last, over a lake that is yet to be made.
 * @param connectors of stocktake.yaml, if there are any
 * @param flags of `serve`
 */
export async function openPagePlace(connectors = '', flags: readonly string[] = []): Promise<PagePlace> {
  const place = await openCommandFolder()
  await place.configure(`lake: ./lake\n${connectors}`)
  await writeFile(join(place.folder, 'data_inventory.yaml'), DEMO_EXPECTATIONS)
  await writeFile(join(place.folder, 'games.csv'), formatDemoGames())
  await writeRealFiles(join(place.folder, BUCKET))
  await mkdir(join(place.folder, REPORTS))
  const putReport = async (takenAt: Date, rows: Iterable<ReportRow | string>) => {
    const options = { sourceBucket: BUCKET, destinationBucket: REPORTS, prefix: '', configName: CONFIG_NAME }
    const store = new FolderStore(join(place.folder, REPORTS))
    await writeReport(rows, { ...options, takenAt, fields: FIELDS, filesCount: 2 }, store)
  }
  const { url, server } = await startServer(place.folder, flags)
  return {
    ...place,
    url,
    putReport,
    deliver: day => putReport(new Date(Date.now() - HOURS_AGO[day] * HOUR_MS), demoVersions(day)),
    close: async () => {
      await server.stop()
      await place.remove()
    },
  }
}

async function startServer(folder: string, flags: readonly string[]): Promise<{ url: string; server: ChildService }> {
  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}`
  const program = [process.execPath, join(packageFolder(), 'dist', 'cli.js')]
  const server = await startService(
    [...program, 'serve', '--port', String(port), ...flags],
    { env: {}, cwd: folder, startMs: 30_000 },
    async () => (await fetch(`${url}/api/session`)).ok,
  )
  return { url, server }
}

async function writeRealFiles(bucket: string): Promise<void> {
  for (const { key, bytes } of sportsFiles('second')) {
    if (!key.startsWith(REAL_FOLDER)) continue
    await mkdir(dirname(join(bucket, key)), { recursive: true })
    await writeFile(join(bucket, key), bytes)
  }
}
