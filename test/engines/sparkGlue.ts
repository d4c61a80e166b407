import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolder } from '../../src/packageFolder.js'
import type { S3Address } from '../services/s3Service.js'
import { runOnSpark } from './sparkServer.js'

/**
 * Makes Spark know a Glue by the settings that docs/athena.md has, and where the emulator is.
 * @param name of the catalog, which nothing else has unless its settings are the same
 * @param more settings, or others than in the docs
 */
export async function setSparkGlue(
  url: string,
  { endpoint }: S3Address,
  name: string,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const emulated = {
    '.client.region': 'us-east-1',
    '.glue.endpoint': endpoint,
    '.s3.endpoint': endpoint,
    '.s3.path-style-access': 'true',
  }
  for (const [key, value] of Object.entries({ ...readSettings(), ...emulated, ...more }))
    await runOnSpark(url, `set \`spark.sql.catalog.${name}${key}\`=\`${value}\``)
}

/** What docs/athena.md sets, by what stands behind the catalog's name. */
function readSettings(): Record<string, string> {
  const text = readFileSync(join(packageFolder(), 'docs', 'athena.md'), 'utf8')
  const lines = [...text.matchAll(/--conf spark\.sql\.catalog\.glue(\S*?)=(\S+)/g)]
  if (lines.length === 0) throw new Error("docs/athena.md: no settings of Spark's catalog")
  return Object.fromEntries(lines.map(([, key = '', value = '']) => [key, value]))
}
