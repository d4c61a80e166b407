import { AUDIT_FOLDER } from './audit.js'
import { ObjectNotFoundError, type ObjectStore, readText, type StoredObject } from './objectStore.js'

// A day's records end up in one file, `state/audit/<date>.<n>.ndjson`, as thousands of small ones are slow to read over
// S3. It is created if absent, like each of them, and they are removed when nobody can still be reading them. Until
// then a record is in both: readers take one of each id.

/** The files that hold records: single ones, and days; a record may be in one of each. */
export async function* listAuditFiles(store: ObjectStore): AsyncIterable<StoredObject> {
  for await (const object of store.list(`${AUDIT_FOLDER}/`)) if (AUDIT_FILE.test(object.key)) yield object
}

const AUDIT_FILE = /^state\/audit\/\d{4}-\d\d-\d\d(\/aud_[0-9a-f]{32}\.json|\.\d+\.ndjson)$/

/** What became of a day. */
export interface MergedAuditDay {
  /** Records that were put into a new file of the day. */
  readonly mergedCount: number
  /** Single files that were removed, as a file of the day has held them for long enough. */
  readonly removedCount: number
}

/** The days that have single records, oldest first: `2026-01-20`. */
export async function listAuditDays(store: ObjectStore): Promise<string[]> {
  const days: string[] = []
  for await (const folder of store.listFolders(`${AUDIT_FOLDER}/`)) {
    const day = folder.slice(AUDIT_FOLDER.length + 1, -1)
    if (/^\d{4}-\d\d-\d\d$/.test(day)) days.push(day)
  }
  return days
}

/**
 * Puts the records of a day that is over into one file, and removes those that have been in one for a while; a crash at
 * any moment loses none. One that comes later, from a machine whose clock is behind, is put into a file of its own by
 * the next merge.
 * @param date `2026-01-20`
 * @param options.graceMs how long single files stay after they were merged, for those who still read them
 */
export async function mergeAuditDay(
  store: ObjectStore,
  date: string,
  { graceMs }: { readonly graceMs: number },
  { now }: { readonly now: () => Date },
): Promise<MergedAuditDay> {
  const singles: StoredObject[] = []
  for await (const object of store.list(`${AUDIT_FOLDER}/${date}/`))
    if (AUDIT_FILE.test(object.key)) singles.push(object)
  for (;;) {
    const days = await loadDays(store, date)
    const isIn = ({ key }: StoredObject) => days.find(({ ids }) => ids.has(idOf(key)))
    const loose = singles.filter(single => !isIn(single))
    const lines = await readLines(store, loose)
    if (lines.length > 0) {
      const bytes = new TextEncoder().encode(lines.join(''))
      if (!(await store.putIfAbsent(dayKey(date, days.length + 1), bytes))) continue // another was first: what has it?
    }
    const ripe = singles.filter(single => {
      const day = isIn(single)
      return day && now().getTime() - day.createdAt.getTime() >= graceMs
    })
    for (const { key } of ripe) await store.remove(key)
    return { mergedCount: lines.length, removedCount: ripe.length }
  }
}

interface AuditDay {
  readonly createdAt: Date
  readonly ids: ReadonlySet<string>
}

async function loadDays(store: ObjectStore, date: string): Promise<AuditDay[]> {
  const days: AuditDay[] = []
  for (let n = 1; ; n++) {
    const found = await store.find(dayKey(date, n))
    if (!found) return days
    const ids = [...(await readText(store, found.key)).matchAll(/^\{"audit_id":"(aud_[0-9a-f]{32})"/gm)]
    days.push({ createdAt: found.lastModified, ids: new Set(ids.map(([, id]) => id ?? '')) })
  }
}

const dayKey = (date: string, n: number): string => `${AUDIT_FOLDER}/${date}.${n}.ndjson`

const idOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1, -'.json'.length)

/**
 * The records as they are, in the order of their ids. What isn't a record of that id stays where it is. One that another
 * merge has removed meanwhile is in a day by then.
 */
async function readLines(store: ObjectStore, singles: readonly StoredObject[]): Promise<string[]> {
  const lines: string[] = []
  for (let i = 0; i < singles.length; i += READ_WIDTH)
    for (const line of await Promise.all(singles.slice(i, i + READ_WIDTH).map(({ key }) => readLine(store, key))))
      if (line !== undefined) lines.push(line)
  return lines
}

/** Files that are read at once. */
const READ_WIDTH = 32

async function readLine(store: ObjectStore, key: string): Promise<string | undefined> {
  try {
    const text = await readText(store, key)
    return text.startsWith(`{"audit_id":"${idOf(key)}"`) && text.indexOf('\n') === text.length - 1 ? text : undefined
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined
    throw error
  }
}
