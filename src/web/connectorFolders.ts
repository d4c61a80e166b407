import { isAbsolute, resolve } from 'node:path'
import { isFolder } from '../config/schema.js'
import { UsageError } from '../errors.js'
import type { StoredSettings } from '../lake/lakeConnectors.js'
import { RequestRefusedError } from './problems.js'
import type { WebWorld } from './webWorld.js'

/**
 * That settings name no folder that whoever asks may not name. A bucket may be a folder of the server's machine: who names one
 * learns the names of all that is in it, and that only those may who are at the machine, as {@link WebWorld} has it. A relative
 * folder has no place, as a browser is in none. What was there before may stay.
 * @throws {UsageError} for a relative one
 * @throws {RequestRefusedError} 403
 */
export function requireFolders(
  after: StoredSettings,
  before: StoredSettings | undefined,
  { allowsFolders }: Pick<WebWorld, 'allowsFolders'>,
): void {
  const known = listFolders(before ?? {}).map(([, folder]) => folder)
  for (const [setting, folder] of listFolders(after)) {
    if (known.includes(folder)) continue
    if (!isAbsolute(folder) || folder.includes('\0') || resolve(folder) !== folder.replace(/(?<=.)\/+$/, ''))
      throw new UsageError({
        subject: setting,
        expected: 'the name of a bucket, or the whole path of a folder on the server',
        got: JSON.stringify(folder.slice(0, 200)),
      })
    if (!allowsFolders)
      throw new RequestRefusedError(403, {
        subject: setting,
        expected: 'the name of a bucket',
        got: 'a folder of the server, which only those may name who are at it',
        fix: 'there: stocktake connectors add or set; or name a bucket',
      })
  }
}

/** The folders that stand for buckets, each with the setting that names it. */
function listFolders({ source_bucket, inventory }: StoredSettings): [setting: string, folder: string][] {
  const named: [string, unknown][] = [
    ['source_bucket', source_bucket],
    ['inventory.destination_bucket', Reflect.get(Object(inventory), 'destination_bucket')],
  ]
  return named.flatMap(([setting, bucket]): [string, string][] =>
    typeof bucket === 'string' && isFolder(bucket) ? [[setting, bucket]] : [],
  )
}
