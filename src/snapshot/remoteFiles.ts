import type { Engine } from '../engine/engine.js'
import { type HttpRequest, isPlainUrl, logHttpRequests, takeHttpRequests } from '../engine/httpfs.js'
import { ReportRefusedError } from '../errors.js'
import { type LoadedManifest, REFUSED_FIX } from '../inventory/loadManifest.js'
import type { ObjectStore, StoredObject } from '../lake/objectStore.js'
import { S3Store } from '../lake/s3Store.js'
import type { RequestCounts } from './countingStore.js'
import type { StagedFile } from './snapshotSource.js'

/** How data files are read: by DuckDB over S3, from checked copies, or each as suits it. */
export interface Transport {
  readonly mode: 'auto' | 'httpfs' | 'staged'
  /**
   * Lets the engine read `s3://`, when that is first needed.
   * @returns whether it can; always the same
   * @throws {HttpfsAbsentError} if it can't, and nothing else will do
   */
  readonly openHttpfs: () => Promise<boolean>
}

/** The data files of a report that DuckDB reads where they are, over S3. */
export interface RemoteFiles {
  /** What DuckDB asked of S3, so far. */
  readonly requests: Readonly<RequestCounts>
  /**
   * The file, if it is to be read where it is.
   * @throws {ReportRefusedError} if it isn't the manifest's, and no copy is to be made
   */
  find(index: number): Promise<StagedFile | undefined>
  /** Begins to read a file. */
  open(engine: Engine): Promise<void>
  /** Ends it. @throws {ReportRefusedError} if what was read is not of the manifest's version */
  close(engine: Engine, staged: StagedFile): Promise<void>
  /** Asks S3 why a file could not be read. @throws what it says: no such object, no leave, no answer */
  readonly explain: (engine: Engine, staged: StagedFile) => Promise<void>
}

interface RemoteEffects {
  readonly reports: ObjectStore
  readonly transport: Transport
}

/**
 * Which files are read over S3: with `auto`, Parquet whose ETag is the manifest's MD5; with `httpfs`, all but ORC, which
 * DuckDB can't read. DuckDB notices a cut Parquet file, but not a cut gzip, nor other bytes of the same length: the ETag,
 * which S3 gives with every answer, says that they are the manifest's. What a file has that was damaged before it got its
 * MD5, only unpacking finds.
 */
export function remoteFiles(loaded: LoadedManifest, { reports, transport }: RemoteEffects): RemoteFiles {
  const { files, format } = loaded.manifest
  const requests = { lists: 0, gets: 0, bytes: 0 }
  let listing: Promise<ReadonlyMap<string, StoredObject>> | undefined

  const isCandidate = ({ key }: { key: string }): boolean =>
    reports instanceof S3Store &&
    format !== 'ORC' &&
    (transport.mode === 'httpfs' || (transport.mode === 'auto' && format === 'Parquet')) &&
    isPlainUrl(reports.locate(key))

  const fileOf = ({ index }: { readonly index: number }) => {
    const file = files[index]
    if (!file) throw new RangeError(`no data file ${index}`)
    return file
  }

  return {
    requests,
    async find(index) {
      const file = fileOf({ index })
      if (!isCandidate(file) || !(await transport.openHttpfs())) return undefined
      listing ??= listFiles(loaded, reports)
      const found = (await listing).get(file.key)
      const url = `${reports.url}/${file.key}`
      if (found?.sizeBytes === file.sizeBytes && found.eTag === file.md5)
        return { index, url, path: reports.locate(file.key), isLocal: false, checks: CHECKS }
      if (transport.mode === 'auto' || !found) return undefined // staging says what is wrong, if anything is
      throw new ReportRefusedError({
        subject: url,
        expected: `${file.sizeBytes} bytes and the ETag ${file.md5}`,
        got: `${found.sizeBytes} bytes and ${found.eTag}`,
        fix: 'where S3 gives no MD5 as ETag (KMS, several parts), set engine.transport to auto: copies are checked',
      })
    },
    async open(engine) {
      await logHttpRequests(engine)
    },
    async close(engine, staged) {
      const file = fileOf(staged)
      for (const { eTag } of await takeRequests(engine, file.key, requests))
        if (eTag !== undefined && eTag !== file.md5)
          throw new ReportRefusedError({
            subject: staged.url,
            expected: `the ETag ${file.md5}, as when it was listed`,
            got: `${eTag}: it was replaced while it was read`,
            fix: REFUSED_FIX,
          })
    },
    async explain(engine, staged) {
      const { key } = fileOf(staged)
      await takeRequests(engine, key, requests)
      await reports.find(key) // throws what S3 says
    },
  }
}

const CHECKS = ['size', 'etag'] as const

/** Of objects that aren't the report's so many are passed over: a folder `data` holds the files of all reports. */
const MOST_LISTED = 10_000

/** The data files as S3 lists them, by key. Those that weren't met among the first ten thousand are left out. */
export async function listFiles(
  { manifest: { files } }: LoadedManifest,
  reports: ObjectStore,
): Promise<ReadonlyMap<string, StoredObject>> {
  const wanted = new Set(files.map(({ key }) => key))
  const found = new Map<string, StoredObject>()
  let listed = 0
  for await (const object of reports.list(commonFolder([...wanted]))) {
    if (wanted.has(object.key)) found.set(object.key, object)
    if (found.size === wanted.size || ++listed - found.size > MOST_LISTED) break
  }
  return found
}

/** The folder that all keys are in. */
function commonFolder([first = '', ...others]: readonly string[]): string {
  let length = first.lastIndexOf('/') + 1
  while (others.some(key => !key.startsWith(first.slice(0, length)))) length = first.lastIndexOf('/', length - 2) + 1
  return first.slice(0, length)
}

/** What DuckDB asked for the file; what it asked of a lake isn't counted. */
async function takeRequests(engine: Engine, key: string, counts: RequestCounts): Promise<HttpRequest[]> {
  const made = (await takeHttpRequests(engine)).filter(({ path }) => path.endsWith(`/${key}`))
  for (const { bodyBytes } of made) {
    counts.gets++
    counts.bytes += bodyBytes
  }
  return made
}
