import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { prepareFolder } from '../services/prepareFolder.js'
import { fetchArtifact } from './maven.js'

const run = promisify(execFile)

const PYSPARK = '3.5.6'
const ICEBERG = '1.10.0'

/** Iceberg for that Spark, and for the Scala that pyspark's is built with; and its clients of S3 and Glue. */
const JARS = { 'iceberg.jar': 'iceberg-spark-runtime-3.5_2.12', 'iceberg-aws.jar': 'iceberg-aws-bundle' } as const

/** Where Spark is kept, or would be: another version or other parts, another folder. */
export const sparkFolder = (cache = join(homedir(), '.cache', 'stocktake')): string =>
  join(cache, `spark-${PYSPARK}-iceberg-${ICEBERG}-aws`)

/** The interpreter that has pyspark. */
export const sparkPython = (folder: string): string => join(folder, 'bin', 'python')

/** What makes Spark read and write Iceberg's tables, in folders and on S3. */
export const sparkJars = (folder: string): string[] => Object.keys(JARS).map(file => join(folder, file))

export const hasSpark = (folder: string): boolean =>
  [sparkPython(folder), ...sparkJars(folder)].every(file => existsSync(file))

/** Gets Spark from PyPI and its Iceberg from Maven, unless they are there. @throws what Python, pip or Maven say */
export const prepareSpark = (folder: string, fetch = fetchSpark): Promise<void> =>
  prepareFolder(folder, hasSpark, fetch)

async function fetchSpark(folder: string): Promise<void> {
  const repository = join(folder, 'maven')
  for (const [file, name] of Object.entries(JARS)) {
    const jar = await fetchArtifact({ group: 'org.apache.iceberg', name, version: ICEBERG, kind: 'jar' }, repository)
    await rename(jar, join(folder, file))
  }
  await rm(repository, { recursive: true })
  await run('python3', ['-m', 'venv', folder])
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--no-cache-dir']
  await run(sparkPython(folder), [...pip, `pyspark==${PYSPARK}`])
  await rm(join(folder, 'bin', 'activate'), { force: true }) // it would name the folder that it was made in
}
