import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDB, openDuckDB } from '../../../src/engine/duckdb.js'
import type { OpenTarget } from './fuzzTarget.js'

/** Where a target's engine is. */
export interface EnginePlace {
  readonly folder: string
  /** The one that works; another where that has failed within itself. */
  engine(): Promise<DuckDB>
}

/** A folder with an engine, for as long as a target is tried. */
export async function withEngine(
  make: (place: EnginePlace) => Promise<Pick<OpenTarget, 'seeds' | 'read'>>,
): Promise<OpenTarget> {
  const folder = await mkdtemp(join(tmpdir(), 'stocktake-fuzz-'))
  const open = () => openDuckDB({ memoryBytes: 200_000_000, threads: 1, tempFolder: join(folder, 'spill') })
  let engine = await open()
  const place: EnginePlace = {
    folder,
    async engine() {
      if (engine.lost.aborted) engine = await open()
      return engine
    },
  }
  return {
    ...(await make(place)),
    async close() {
      engine.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
