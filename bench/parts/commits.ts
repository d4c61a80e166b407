import { existsSync, readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Contender } from '../contest.js'
import type { Taken } from '../measured.js'
import type { Part } from '../part.js'
import { runScript } from '../processes.js'

const WRITERS = 4
const APPENDS = 25

/** Several processes that append to one table at once, each a file of a hundred rows at a time. */
export const commitsPart: Part = {
  name: 'commits',
  sizes: [],
  async *contests({ peers: { runPython } }) {
    const ours = contender('Stocktake', '', (folder, appends) => runScript('commitsOnce.js', [folder, `${appends}`]))
    const pyiceberg =
      runPython &&
      contender('PyIceberg', 'the disk before a commit counts; its catalog is SQLite', (folder, appends) =>
        runPython('pyiceberg', ['commits', folder, `${appends}`], folder),
      )
    yield {
      what: `${WRITERS} writers at once, ${APPENDS} commits each`,
      amount: { count: WRITERS * APPENDS, unit: 'commits' },
      same: 'rows',
      ours,
      peers: pyiceberg ? [pyiceberg] : [],
    }
  },
}

type Append = (folder: string, appends: number) => Promise<Taken>

/** @param append so often to the table of the folder, once there is a file `go`; or with 0, makes it and tells what is in it */
const contender = (by: string, leavesOut: string, append: Append): Contender => ({
  by,
  leavesOut,
  run: async folder => {
    await append(folder, 0)
    const writers = Array.from({ length: WRITERS }, () => append(folder, APPENDS))
    const all = Promise.all(writers)
    await Promise.race([all, waitForWriters(folder)])
    await writeFile(join(folder, 'go'), '')
    const taken = await all
    const { rows } = await append(folder, 0)
    return {
      wallMs: Math.max(...taken.map(each => each.wallMs)),
      cpuMs: taken.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
      peakBytes: Math.max(...taken.map(each => each.peakBytes)),
      rows,
    }
  },
})

/** Each leaves a file when it is ready. */
async function waitForWriters(folder: string): Promise<void> {
  const isReady = () =>
    existsSync(folder) && readdirSync(folder).filter(name => name.startsWith('ready-')).length >= WRITERS
  while (!isReady()) await sleep(20)
}
