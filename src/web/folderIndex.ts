import { readSync } from 'node:fs'
import { type FileHandle, rm } from 'node:fs/promises'
import type { Params } from '../engine/engine.js'
import { quoteIdentifier } from '../engine/sqlText.js'
import { loadModel } from '../models/model.js'
import { textAfterPrefix } from '../snapshot/prefixRange.js'
import { formatReport } from '../snapshot/report.js'
import type { FolderTexts } from './folderPages.js'
import type { LakeReader } from './lakeReader.js'
import { type PlaceTable, placeOf } from './placeTable.js'
import type { ShownFoldersQuestion } from './shownFolders.js'

// The folders of one snapshot in files of this process: each as the text that the API answers with, by path. In memory is which
// of them lie in a folder, the largest first. So a step in a tree of a million folders is a hundred short reads. What is sorted
// or searched otherwise is put in order by the engine, which has the same rows in a database of its own.

export interface FolderIndexParts {
  readonly reader: Pick<LakeReader, 'readQuick'>
  /** The engine's name of the database that has the table `folder_index`. */
  readonly database: string
  /** Files to be removed in the end. */
  readonly files: readonly string[]
  readonly lines: FileHandle
  /** Where each line begins, and the last one ends. */
  readonly offsets: Float64Array
  readonly rows: PlaceTable
  /** Rows: the folders of each folder together, the largest first. */
  readonly order: Uint32Array
  /** How many folders are directly in that of a row. */
  readonly folderCounts: Uint32Array
  /** Where in `order` the folders are that lie directly in the one of a place. */
  readonly childrenOf: (place: number) => { readonly first: number; readonly end: number }
}

export interface FolderIndex {
  readonly folderCount: number
  /** @returns `undefined` where there is no such folder above, and where it was closed */
  readPage(question: ShownFoldersQuestion): Promise<FolderTexts | undefined>
  close(): Promise<void>
}

/** Rows that are put in order at once. */
const WINDOW_ROWS = 1000
/** Windows that are kept. */
const MOST_WINDOWS = 1000

interface Window {
  readonly rows: Uint32Array
  readonly total: number
}

export function openFolderIndex(parts: FolderIndexParts): FolderIndex {
  const { database, lines, offsets, rows, order, folderCounts, childrenOf } = parts
  const windows = new Map<string, Promise<Window>>() // in the order they were asked for
  let isClosed = false

  const readFolder = (row: number): string => {
    const start = offsets[row] ?? 0
    const bytes = Buffer.allocUnsafe((offsets[row + 1] ?? start) - start)
    readFully(lines.fd, bytes, start)
    return `${bytes.toString('utf8', 0, bytes.length - 1)},"folder_count":${folderCounts[row]}}`
  }

  const findWindow = (question: ShownFoldersQuestion, number: number): Promise<Window> => {
    const { parent, search, sort } = question
    const name = JSON.stringify([parent, search, sort, number])
    const window = windows.get(name) ?? makeWindow(parts, question, number)
    windows.delete(name)
    windows.set(name, window)
    window.catch(() => windows.delete(name))
    const [oldest] = windows.keys()
    if (windows.size > MOST_WINDOWS && oldest !== undefined) windows.delete(oldest)
    return window
  }

  /** In another order than that of the file. */
  const readOrdered = async (question: ShownFoldersQuestion): Promise<Omit<FolderTexts, 'parent'> | undefined> => {
    const end = question.first + (question.count ?? 0)
    const folders: string[] = []
    let total = 0
    for (let number = Math.floor(question.first / WINDOW_ROWS); number * WINDOW_ROWS < end; number++) {
      const window = await findWindow(question, number)
      if (isClosed) return undefined
      total = window.total
      const from = Math.max(0, question.first - number * WINDOW_ROWS)
      for (const row of window.rows.subarray(from, end - number * WINDOW_ROWS)) folders.push(readFolder(row))
    }
    return { folders, total }
  }

  return {
    folderCount: offsets.length - 1,
    async readPage(question) {
      if (isClosed) return undefined
      const place = placeOf(question.parent)
      const row = rows.find(place)
      const parent = row === undefined ? undefined : readFolder(row)
      if (parent === undefined || JSON.parse(parent).path !== question.parent) return undefined
      if (question.search !== undefined || question.sort !== 'bytes') {
        const ordered = await readOrdered(question)
        return ordered && { parent, ...ordered }
      }
      const { first, end } = childrenOf(place)
      const from = Math.min(first + question.first, end)
      const wanted = order.subarray(from, Math.min(from + (question.count ?? 0), end))
      return { parent, folders: Array.from(wanted, readFolder), total: end - first }
    },
    async close() {
      isClosed = true
      await parts.reader.readQuick(engine => engine.run(`detach ${quoteIdentifier(database)}`)).catch(() => undefined)
      await lines.close()
      for (const file of parts.files) await rm(file, { force: true })
    },
  }
}

function readFully(fd: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    const count = readSync(fd, bytes, done, bytes.length - done, position + done)
    if (count === 0) throw new Error('the index of folders is shorter than it was')
    done += count
  }
}

async function makeWindow(
  { reader, database, childrenOf }: FolderIndexParts,
  { parent, search, sort }: ShownFoldersQuestion,
  number: number,
): Promise<Window> {
  const isSearch = search !== undefined
  const parent_place = placeOf(parent)
  const below = { path: parent, path_end: textAfterPrefix(parent) ?? null, search: search ?? null }
  return reader.readQuick(async engine => {
    await engine.run(`use ${quoteIdentifier(database)}`)
    const found = await engine.rows(
      formatModel('folder_places', {
        ...below,
        ...{ parent_place, sort },
        ...{ passed: BigInt(number * WINDOW_ROWS), row_count: BigInt(WINDOW_ROWS) },
      }),
    )
    const rows = Uint32Array.from(found, ({ n }) => Number(n))
    const isAll = rows.length < WINDOW_ROWS && (rows.length > 0 || number === 0)
    if (!isSearch) {
      const { first, end } = childrenOf(parent_place)
      return { rows, total: end - first }
    }
    if (isAll) return { rows, total: number * WINDOW_ROWS + rows.length }
    const [counted] = await engine.rows(formatModel('folder_matches', below))
    return { rows, total: Number(counted?.total) }
  })
}

const formatModel = (name: string, params: Params): string =>
  formatReport({ model: loadModel(`page/${name}`, 'duckdb'), params })
