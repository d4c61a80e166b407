import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDB, openDuckDB } from '../../src/engine/duckdb.js'

/** An engine and a folder of its own. */
export interface TestEngine {
  readonly engine: DuckDB
  readonly folder: string
}

export async function openTestEngine(signal?: AbortSignal): Promise<TestEngine> {
  const folder = await mkdtemp(join(tmpdir(), "stocktake engine's "))
  const tempFolder = join(folder, 'spill')
  return { engine: await openDuckDB({ memoryBytes: 150_000_000, threads: 2, tempFolder, signal }), folder }
}

export async function closeTestEngine({ engine, folder }: TestEngine): Promise<void> {
  engine.close()
  await rm(folder, { recursive: true })
}
