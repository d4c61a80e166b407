import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Engine } from '../engine/engine.js'
import { packageFolder } from '../packageFolder.js'

/** Makes an engine read models as they are written, in Trino's spelling. For engines that run models alone. */
export async function useModelDialect(engine: Engine): Promise<void> {
  await engine.run(readFileSync(join(packageFolder(), 'sql', 'macros.duckdb.sql'), 'utf8'))
  await engine.set('search_path', 'trino,main')
}
