import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { prepareFolder } from '../services/debianPackages.js'
import { fetchArtifact } from './maven.js'

const run = promisify(execFile)

const PYSPARK = '3.5.6'
/** Iceberg for that Spark, and for the Scala that pyspark's is built with. */
const ICEBERG = { group: 'org.apache.iceberg', name: 'iceberg-spark-runtime-3.5_2.12', version: '1.10.0' } as const

/** Where Spark is kept, or would be: another version, another folder. */
export const sparkFolder = (cache = join(homedir(), '.cache', 'stocktake')): string =>
  join(cache, `spark-${PYSPARK}-iceberg-${ICEBERG.version}`)

/** The interpreter that has pyspark. */
export const sparkPython = (folder: string): string => join(folder, 'bin', 'python')

/** What makes Spark read and write Iceberg's tables. */
export const sparkIceberg = (folder: string): string => join(folder, 'iceberg.jar')

export const hasSpark = (folder: string): boolean => existsSync(sparkPython(folder)) && existsSync(sparkIceberg(folder))

/** Gets Spark from PyPI and its Iceberg from Maven, unless they are there. @throws what Python, pip or Maven say */
export const prepareSpark = (folder: string, fetch = fetchSpark): Promise<void> =>
  prepareFolder(folder, hasSpark, fetch)

async function fetchSpark(folder: string): Promise<void> {
  const repository = join(folder, 'maven')
  const jar = await fetchArtifact({ ...ICEBERG, kind: 'jar' }, repository)
  await rename(jar, sparkIceberg(folder))
  await rm(repository, { recursive: true })
  await run('python3', ['-m', 'venv', folder])
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--no-cache-dir']
  await run(sparkPython(folder), [...pip, `pyspark==${PYSPARK}`])
  await rm(join(folder, 'bin', 'activate'), { force: true }) // it would name the folder that it was made in
}
