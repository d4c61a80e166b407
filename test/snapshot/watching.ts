import type { Engine } from '../../src/engine/engine.js'
import type { ObjectStore } from '../../src/lake/objectStore.js'

/** Called at each step that an import makes, with the step's name: what it throws is what the step throws. */
export type Watcher = (step: string) => void

const WRITES = ['put', 'putIfAbsent', 'putFile', 'remove']
const READS = ['read', 'stream']
const STATEMENTS = ['run', 'rows', 'query']

/** A store whose writes are watched: `before put KEY` and `after put KEY`. */
export const watchWrites = (store: ObjectStore, watch: Watcher): ObjectStore => watchCalls(store, WRITES, watch)

/** A store whose reads are watched. */
export const watchReads = (store: ObjectStore, watch: Watcher): ObjectStore => watchCalls(store, READS, watch)

/** An engine whose statements are watched, and those of its forks. */
export const watchStatements = (engine: Engine, watch: Watcher): Engine =>
  new Proxy(watchCalls(engine, STATEMENTS, watch), {
    get(target, name) {
      if (name === 'fork') return async () => watchStatements(await engine.fork(), watch)
      return Reflect.get(target, name)
    },
  })

function watchCalls<T extends object>(target: T, methods: readonly string[], watch: Watcher): T {
  return new Proxy(target, {
    get(_, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      if (name === 'countApart') return () => watchCalls(member.call(target), methods, watch) // an S3 store's own like
      if (!methods.includes(String(name))) return member.bind(target)
      return (...args: unknown[]) => {
        const step = `${String(name)} ${String(args[0])}`
        watch(`before ${step}`)
        const result: unknown = member.apply(target, args)
        if (!(result instanceof Promise)) return result
        return result.then(value => {
          watch(`after ${step}`)
          return value
        })
      }
    },
  })
}

/**
 * Names steps alike in each import of a report, without what is random in them, and counts those of one name:
 * `before putFile tables/objects_v1/data/… #2`.
 */
export function countSteps(watch: Watcher): Watcher {
  const counts = new Map<string, number>()
  return step => {
    const name = step
      .replaceAll(/'[^']*'/g, "''")
      .replaceAll(/snap-\d+-/g, 'snap-')
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '*')
      .replaceAll(/-[0-9a-f]{8}\.parquet/g, '-*.parquet')
      .replaceAll(/\s+/g, ' ')
      .slice(0, 130)
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    watch(`${name} #${count}`)
  }
}
