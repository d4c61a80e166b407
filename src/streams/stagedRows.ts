import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine, Row } from '../engine/engine.js'
import { quotePaths, quoteString } from '../engine/sqlText.js'

/** The rows of a segment, in Parquet files of the engine's temporary folder, by the channel. */
export interface StagedRows {
  /**
   * Adds rows of a channel, which have a column `fault`.
   * @returns a relation with them, and how many have a fault; nothing for no rows
   */
  add(channel: string, select: string, engine: Engine): Promise<AddedRows | undefined>
  /** A relation with all rows of a channel; `undefined` for none. */
  find(channel: string): string | undefined
  remove(): Promise<void>
}

export interface AddedRows {
  readonly from: string
  readonly faults: number
  /** Keeps only some of them. @param where SQL */
  keep(where: string, engine: Engine): Promise<void>
}

export function makeStagedRows(): StagedRows {
  const files = new Map<string, Set<string>>()
  const drop = async (channel: string, path: string): Promise<void> => {
    await rm(path, { force: true })
    files.get(channel)?.delete(path)
  }
  const add: StagedRows['add'] = async (channel, select, engine) => {
    const path = join(engine.tempFolder, `rows-${randomUUID()}.parquet`)
    files.set(channel, (files.get(channel) ?? new Set()).add(path))
    const [stats] = await engine.rows(
      `copy (${select}) to ${quoteString(path)} (format parquet, compression lz4_raw, return_stats true)`,
    )
    const rows = Number(stats?.count ?? 0)
    if (rows === 0) {
      await drop(channel, path)
      return undefined
    }
    const columns = (stats?.column_statistics ?? {}) as Readonly<Record<string, Row | undefined>>
    const from = readAll([path])
    return {
      from,
      faults: rows - Number(columns['"fault"']?.null_count ?? 0),
      async keep(where, engine) {
        await add(channel, `select * from ${from} where ${where}`, engine)
        await drop(channel, path)
      },
    }
  }
  return {
    add,
    find(channel) {
      const paths = [...(files.get(channel) ?? [])]
      return paths.length === 0 ? undefined : readAll(paths)
    },
    async remove() {
      for (const [channel, paths] of files) for (const path of paths) await drop(channel, path)
    },
  }
}

const readAll = (paths: readonly string[]): string => `read_parquet(${quotePaths(paths)}, hive_partitioning = false)`
