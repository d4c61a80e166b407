import { randomBytes } from 'node:crypto'
import type { Log } from '../output/log.js'
import { latestReceipts } from '../snapshot/currentSources.js'
import type { FoundSnapshot } from '../snapshot/findSnapshot.js'
import type { Receipt } from '../snapshot/receipts.js'
import { buildFolderIndex } from './buildFolderIndex.js'
import type { FolderIndex } from './folderIndex.js'
import { folderPagesOfLake, type ReadFolderPage } from './folderPages.js'
import type { LakeMoment, LakeReader } from './lakeReader.js'

/** Folders of all indexes together: some 45 MB of memory and 550 MB of disk for each million. */
const MOST_FOLDERS = 2_000_000

/** Folders that are put into an index in one step: a quarter of a second. */
const STEP_ROWS = 60_000

/** The folders of snapshots, for many who ask. */
export interface FolderIndexes {
  /** Pages: of each connector's newest snapshot from an index, once it has been made; else from the tables of the lake. */
  readonly readPage: ReadFolderPage
  /** Begins to make the indexes of the newest snapshots that have none. */
  prepare(): Promise<void>
}

export interface FolderIndexesEffects {
  readonly reader: LakeReader
  readonly log: Log
  /** Ends what is being made. */
  readonly signal: AbortSignal
}

export function openFolderIndexes({ reader, log, signal }: FolderIndexesEffects): FolderIndexes {
  const ofLake = folderPagesOfLake(reader)
  const asked = new Set<Promise<unknown>>() // of the lake, as it has no index yet
  const idle = async (): Promise<void> => {
    await Promise.allSettled(asked) // of those who come later each goes before one step
  }
  const effects = { reader, signal, idle, stepRows: STEP_ROWS }
  const ready = new Map<string, FolderIndex>() // in the order they were asked for
  const begun = new Map<string, Promise<void>>() // of those that couldn't be made, too: these aren't tried again
  let building: Promise<void> = Promise.resolve()
  let prepared: string | undefined
  let newest: { readonly version: string; readonly names: ReadonlySet<string> } | undefined

  const isNewest = (name: string, moment: LakeMoment): boolean => {
    if (newest?.version !== moment.version) {
      const names = latestReceipts(moment.receipts).map(({ import_id }) => import_id)
      newest = { version: moment.version, names: new Set(names) }
    }
    return newest.names.has(name)
  }

  const makeRoom = async (): Promise<void> => {
    let folders = 0
    for (const [i, [name, index]] of [...ready].reverse().entries()) {
      folders += index.folderCount
      if (folders <= MOST_FOLDERS || i === 0) continue // the last one was asked for just now
      ready.delete(name)
      begun.delete(name)
      await index.close()
    }
  }

  const build = async (found: FoundSnapshot, name: string): Promise<void> => {
    if (signal.aborted) return
    try {
      ready.set(name, await buildFolderIndex(found, `folders ${randomBytes(6).toString('hex')}`, effects))
      await makeRoom()
    } catch (error) {
      if (!signal.aborted)
        log.warn(
          `folders of ${found.receipt.connector} are read from the lake: ${error instanceof Error ? error.message : error}`,
        )
    }
  }

  const nameOf = ({ receipt, base }: FoundSnapshot): string => `${receipt.import_id} ${base?.import_id ?? ''}`

  const begin = (found: FoundSnapshot): Promise<void> => {
    const name = nameOf(found)
    const known = begun.get(name)
    if (known) return known
    building = building.then(() => build(found, name))
    begun.set(name, building)
    return building
  }

  const find = async (found: FoundSnapshot): Promise<FolderIndex | undefined> => {
    const name = nameOf(found)
    const index = ready.get(name)
    if (index) {
      ready.delete(name)
      ready.set(name, index)
    } else if (isNewest(found.receipt.import_id, await reader.look())) void begin(found)
    return index
  }

  signal.addEventListener('abort', () => {
    for (const index of ready.values()) index.close().catch(() => undefined) // their folder goes with the engine
    ready.clear()
  })

  return {
    async readPage(question, gone) {
      const index = await find(question)
      const page = await index?.readPage(question)
      if (page) return page
      const reading = ofLake(question, gone)
      asked.add(reading)
      try {
        return await reading
      } finally {
        asked.delete(reading)
      }
    },
    async prepare() {
      const { version, receipts } = await reader.look()
      if (version === prepared) return
      prepared = version
      for (const receipt of latestReceipts(receipts)) void begin(withBase(receipt, receipts))
    },
  }
}

function withBase(receipt: Receipt, receipts: readonly Receipt[]): FoundSnapshot {
  const base = receipts.find(
    ({ connector, scope, snapshot }) =>
      connector === receipt.connector && scope === '' && snapshot === receipt.base_snapshot,
  )
  return { receipt, ...(base && { base }) }
}
