import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/**
 * The folder of real S3 Inventory files, which are not ours to keep here: STOCKTAKE_AWS_FIXTURES, or else the folder
 * ../shared/fixtures/aws beside the project. Without it, tests that need them are skipped.
 */
export function findAwsFixtures(): string | undefined {
  const folder = process.env.STOCKTAKE_AWS_FIXTURES ?? resolve(import.meta.dirname, '../../../shared/fixtures/aws')
  return existsSync(folder) ? folder : undefined
}
