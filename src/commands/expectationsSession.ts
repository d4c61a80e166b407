import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { readTextFile } from '../config/textFile.js'
import type { Expectations } from '../reconcile/expectations.js'
import { loadExpectations } from '../reconcile/parseExpectations.js'
import type { Context } from './globals.js'

/** What should be there, and where it is told what isn't. */
export interface ExpectationsFile {
  readonly expectations: Expectations
  /** Of data_inventory.yaml. */
  readonly path: string
  /** Of inventory/gaps.json, beside stocktake.yaml. */
  readonly gapsPath: string
}

/**
 * Reads data_inventory.yaml, as the configuration names it.
 * @throws {UsageError} with a line for each mistake
 */
export async function openExpectations({ config }: Pick<Context, 'config'>): Promise<ExpectationsFile> {
  const { connectors, streams, expectations: path, folder } = config
  const expectations = await loadExpectations(path, { connectors, streams, readText: readTextFile })
  return { expectations, path, gapsPath: resolve(folder, 'inventory', 'gaps.json') }
}

/** What a server asks of that file, each time anew. @param load the configuration with the connectors that there are then */
export const watchExpectations = (
  path: string,
  load: () => Promise<Pick<Context, 'config'>>,
): { readonly isThere: () => Promise<boolean>; readonly check: () => Promise<void> } => ({
  isThere: () =>
    stat(path).then(
      () => true,
      () => false,
    ),
  check: async () => {
    await openExpectations(await load())
  },
})
