import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { run } from '../../src/cli.js'
import { runJobCommand } from '../../src/commands/runJob.js'
import { JOB } from '../jobs/exampleFacts.js'
import { TextSink } from '../output/textSink.js'
import { type CommandFolder, openCommandFolder } from './commandFolder.js'

let place: CommandFolder
beforeEach(async () => {
  place = await openCommandFolder()
  await mkdir(join(place.folder, 'photo-bucket'))
  await writeFile(join(place.folder, 'photo-bucket', 'a.jpg'), 'a')
})
afterEach(() => place.remove())

const configure = (engine: string) =>
  place.configure(`lake: ./lake\nengine: ${engine}\nconnectors: { photos: { source_bucket: ./photo-bucket } }\n`)

/** What the process of a job that scans the bucket sends at its end. */
async function runScan(): Promise<unknown> {
  const messages: unknown[] = []
  const job = { ...JOB, type: 'scan', params: { full: true } }
  const [stdout, stderr] = [new TextSink(), new TextSink()]
  await run(['run-job'], [runJobCommand], {
    ...{ stdout, stderr, cwd: place.folder, env: {}, now: () => new Date(), signal: new AbortController().signal },
    openChannel: () => ({
      send: async message => void messages.push(message),
      receive: async () => JSON.parse(JSON.stringify({ job })),
    }),
  })
  return messages.at(-1) ?? stderr.text
}

// The kernel's own folder takes no folder from anybody.
test.skipIf(process.platform !== 'linux')('a job tells what the file system refuses as a command does', async () => {
  await configure('{}')
  await place.run(['init'])
  expect(await runScan()).toMatchObject({ kind: 'succeeded' })
  await configure('{ temp: /sys/kernel }')
  expect(await runScan()).toEqual({
    kind: 'failed',
    error: {
      message: expect.stringMatching(
        /^\/sys\/kernel\/stocktake-work.*: expected the right to it, got E(PERM|ACCES): .*; give it to the user who runs this$/,
      ),
      exit_code: 1,
    },
  })
})
