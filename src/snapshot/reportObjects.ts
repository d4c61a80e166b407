import { ReportRefusedError } from '../errors.js'
import { type LoadedManifest, REFUSED_FIX } from '../inventory/loadManifest.js'
import type { DataFile } from '../inventory/manifest.js'
import { inParallel } from '../lake/inParallel.js'
import type { ObjectStore, StoredObject } from '../lake/objectStore.js'
import { listFiles } from './remoteFiles.js'
import type { FileChecks } from './snapshotSource.js'

/** A report's data files as S3 has them, of which nobody here reads the bytes. */
export interface ReportObjects {
  /** Of each file: `size`, and `etag` where S3 says that the bytes are those of the manifest's MD5. */
  readonly checks: readonly FileChecks[]
  /** Looks again, once the files have been read. @throws {ReportRefusedError} if one isn't what it was */
  requireUnchanged(): Promise<void>
}

/**
 * Looks at the data files without reading them. An ETag that is another proves nothing: S3 gives no MD5 for files that were
 * encrypted with a key of KMS or put in parts.
 * @throws {ReportRefusedError} for a file that isn't there or has another size
 */
export async function checkReportObjects(loaded: LoadedManifest, reports: ObjectStore): Promise<ReportObjects> {
  const found = await findObjects(loaded, reports)
  return {
    checks: loaded.manifest.files.map(({ md5 }, i) => (found[i]?.eTag === md5 ? ['size', 'etag'] : ['size'])),
    async requireUnchanged() {
      const now = await findObjects(loaded, reports)
      for (const [i, { key }] of loaded.manifest.files.entries()) {
        const [was, is] = [found[i], now[i]]
        if (was?.eTag === is?.eTag) continue
        throw new ReportRefusedError({
          subject: `${reports.url}/${key}`,
          expected: `the ETag ${was?.eTag}, as before it was read`,
          got: `${is?.eTag}: it was replaced while it was read`,
          fix: REFUSED_FIX,
        })
      }
    },
  }
}

/** How many are asked for at once. */
const WIDTH = 8

async function findObjects(loaded: LoadedManifest, reports: ObjectStore): Promise<StoredObject[]> {
  const listed = await listFiles(loaded, reports)
  const found: StoredObject[] = []
  await inParallel(loaded.manifest.files.entries(), WIDTH, async ([i, file]) => {
    found[i] = requireSize(file, listed.get(file.key) ?? (await reports.find(file.key)), reports)
  })
  return found
}

function requireSize(
  { key, sizeBytes }: DataFile,
  found: StoredObject | undefined,
  { url }: ObjectStore,
): StoredObject {
  if (found?.sizeBytes === sizeBytes) return found
  throw new ReportRefusedError({
    subject: `${url}/${key}`,
    ...(found
      ? { expected: `${sizeBytes} bytes`, got: String(found.sizeBytes) }
      : { expected: 'a data file', got: 'no such object' }),
    fix: REFUSED_FIX,
  })
}
