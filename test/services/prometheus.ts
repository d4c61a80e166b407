import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fetchPackages } from './debianPackages.js'
import { prepareFolder } from './prepareFolder.js'

const run = promisify(execFile)

/** Where Debian's Prometheus is kept once it was fetched. */
export const prometheusFolder = (cache = join(homedir(), '.cache', 'stocktake')): string =>
  join(cache, 'bin-prometheus')

export const prometheusProgram = (name: 'prometheus' | 'promtool', folder = prometheusFolder()): string =>
  join(folder, 'usr', 'bin', name)

/** Fetches it unless it is there; no service of it is started. @throws what `apt-get` or `dpkg-deb` say */
export const preparePrometheus = (folder: string): Promise<void> =>
  prepareFolder(
    folder,
    folder => existsSync(prometheusProgram('promtool', folder)),
    async folder => {
      await fetchPackages(['prometheus'], folder)
      await run(prometheusProgram('promtool', folder), ['--version']) // a package of another machine's kind, say
    },
  )
