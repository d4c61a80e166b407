import { AUDIT_FOLDER } from './audit.js'
import { ObjectNotFoundError, type ObjectStore, readText } from './objectStore.js'

/** A record of the audit, as far as it is looked at. */
export interface RecentDeed {
  readonly audit_id: string
  readonly happened_at: Date
  readonly action: string
  readonly subject: string
}

/**
 * What was done in a lake since a time, each deed once, in no order. It lists the days since then and reads the records of
 * that time alone, a few at once, as their names tell when they were made.
 */
export async function* listRecentDeeds(
  store: ObjectStore,
  since: Date,
  { now }: { readonly now: () => Date },
): AsyncIterable<RecentDeed> {
  const seen = new Set<string>()
  for (const keys of inGroups(await listKeys(store, since, now()))) {
    const texts = await Promise.all(keys.map(key => readRecords(store, key)))
    for (const line of texts.join('').split('\n')) {
      const deed = parseRecord(line)
      if (!deed || deed.happened_at < since || seen.has(deed.audit_id)) continue
      seen.add(deed.audit_id)
      yield deed
    }
  }
}

const DAY_MS = 86_400_000

async function listKeys(store: ObjectStore, since: Date, now: Date): Promise<string[]> {
  const keys: string[] = []
  for (let day = Math.floor(since.getTime() / DAY_MS); day * DAY_MS <= now.getTime(); day++) {
    const date = new Date(day * DAY_MS).toISOString().slice(0, 10)
    for await (const { key } of store.list(`${AUDIT_FOLDER}/${date}`)) if (mayHold(key, since)) keys.push(key)
  }
  return keys
}

/** A single record that isn't too old, or a file of a whole day. */
function mayHold(key: string, since: Date): boolean {
  const time = /\/aud_([0-9a-f]{12})[0-9a-f]{20}\.json$/.exec(key)?.[1]
  return time === undefined ? key.endsWith('.ndjson') : Number.parseInt(time, 16) >= since.getTime()
}

/** Files that are read at once. */
const READ_WIDTH = 32

const inGroups = (keys: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(keys.length / READ_WIDTH) }, (_, i) =>
    keys.slice(i * READ_WIDTH, (i + 1) * READ_WIDTH),
  )

/** Nothing of one that was put into a file of its day meanwhile, which is read next time. */
async function readRecords(store: ObjectStore, key: string): Promise<string> {
  try {
    return `${await readText(store, key)}\n`
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return ''
    throw error
  }
}

/** `undefined` for a line that is no record. */
function parseRecord(line: string): RecentDeed | undefined {
  if (line === '') return undefined
  try {
    const { audit_id, happened_at, action, subject } = JSON.parse(line) as Record<string, unknown>
    const time = new Date(String(happened_at))
    if (typeof audit_id !== 'string' || Number.isNaN(time.getTime())) return undefined
    return { audit_id, happened_at: time, action: String(action), subject: String(subject) }
  } catch {
    return undefined // torn, or put there by others: it counts nothing
  }
}
