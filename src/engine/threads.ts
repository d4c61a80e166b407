import type { Engine } from './engine.js'

/**
 * Runs something on one thread of the engine. Each of its threads holds rows of its own: wide ones, of megabytes each, would be
 * too much for the memory that it may have.
 */
export async function onOneThread<T>(engine: Engine, act: () => Promise<T>): Promise<T> {
  const [row] = await engine.rows(`select current_setting('threads') as threads`)
  await engine.run('set threads = 1')
  try {
    return await act()
  } finally {
    await engine.run(`set threads = ${Number(row?.threads ?? 1)}`)
  }
}
