import { Agent, request } from 'node:http'
import { OBJECTS_A_FOLDER } from './pageLake.js'

/** An answer: how long it took to its last byte, and what it said. */
export interface Asked {
  readonly ms: number
  readonly status: number
  readonly text: string
}

export interface Reader {
  ask(path: string, body?: unknown): Promise<Asked>
  close(): void
}

/** @param most connections, which are kept */
export function openReader(port: number, most: number): Reader {
  const agent = new Agent({ keepAlive: true, maxSockets: most })
  return {
    close: () => agent.destroy(),
    ask: (path, body) =>
      new Promise((resolve, reject) => {
        const startedAt = performance.now()
        const method = body === undefined ? 'GET' : 'POST'
        const headers = body === undefined ? {} : { 'content-type': 'application/json' }
        const asked = request({ host: '127.0.0.1', port, path, agent, method, headers }, response => {
          const pieces: Buffer[] = []
          response.on('data', piece => pieces.push(piece))
          response.on('end', () => {
            const ms = performance.now() - startedAt
            resolve({ ms, status: response.statusCode ?? 0, text: Buffer.concat(pieces).toString() })
          })
        })
        asked.on('error', reject)
        asked.end(body === undefined ? undefined : JSON.stringify(body))
      }),
  }
}

const BASE = '/api/connectors/bench/inventory/folders'
const FEW_SORTS = ['objects', 'path', 'modified', 'size_change', 'new', 'deleted']

export const foldersPath = (parent: string, more = '', limit = 100): string =>
  `${BASE}?limit=${limit}&parent=${encodeURIComponent(parent)}${more}`

/** Pages of a hundred and a few: who asks for another length asks for another answer, as for another page. */
const filesPath = (collection: string, page: number): string =>
  `/api/collections/${collection}/files?limit=${100 + page}`

/** What many people at a page ask for, and how often each: anywhere in the bucket, so that little is asked for twice. */
export function requestMix(
  rows: number,
  collections: readonly string[],
): (readonly [kind: string, path: () => string])[] {
  const any = (below: number): number => Math.floor(Math.random() * below)
  const anyOf = <T>(items: readonly T[]): T => items[any(items.length)] as T
  const two = (value: number): string => String(value).padStart(2, '0')
  /** A folder that has many, as `selectBenchKeys` lays them out. */
  const parent = (): string => {
    const i = any(rows / OBJECTS_A_FOLDER)
    if (i % 4 === 0) return `photos/${2010 + (i % 16)}/`
    if (i % 4 === 1) return `logs/app/dt=2026-${two(1 + (i % 12))}/`
    if (i % 4 === 2) return `market/trades/product_id=BTC-${i % 97}/date=2025-${two(1 + (i % 12))}/`
    return `sports/pbp/${2000 + (i % 26)}/`
  }
  const leaf = (): string => {
    const i = any(rows / OBJECTS_A_FOLDER / 4) * 4
    return `photos/${2010 + (i % 16)}/Shoot ${String(i).padStart(6, '0')}/`
  }
  const words = ['shoot 0', 'btc-', 'pbp/20', 'dt=2026-', '/1']
  const kinds: [weight: number, kind: string, path: () => string][] = [
    [40, 'folders', () => foldersPath(parent())],
    [22, 'folders, a leaf', () => foldersPath(leaf())],
    [2, 'folders, another order', () => foldersPath(parent(), `&sort=${anyOf(FEW_SORTS)}`)],
    [1, 'folders, a search', () => foldersPath('', `&search=${encodeURIComponent(anyOf(words) + any(1000))}`)],
    [5, 'files, the first pages', () => filesPath(anyOf(collections), any(10))],
    [1, 'files, anywhere', () => `${filesPath(anyOf(collections), 0)}&cursor=${encodeURIComponent(leaf())}`],
    [8, 'overview', () => '/api/overview'],
    [7, 'status', () => '/api/connectors/bench/inventory/status'],
    [7, 'snapshots', () => '/api/snapshots'],
    [7, 'collections', () => '/api/collections'],
  ]
  return kinds.flatMap(([weight, kind, path]) => Array.from({ length: weight }, () => [kind, path] as const))
}

/** Asks as many at once, each as soon as it has its answer, for so long. @returns the times by kind, in milliseconds */
export async function readAtOnce(
  { ask }: Reader,
  { readers, forMs }: { readonly readers: number; readonly forMs: number },
  mix: readonly (readonly [kind: string, path: () => string])[],
): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>()
  const end = performance.now() + forMs
  const read = async (): Promise<void> => {
    while (performance.now() < end) {
      const [kind, path] = mix[Math.floor(Math.random() * mix.length)] ?? ['', () => '/']
      const asked = path()
      const { ms, status, text } = await ask(asked)
      if (status !== 200) throw new Error(`${asked}: ${status} ${text.slice(0, 300)}`)
      const others = times.get(kind)
      if (others) others.push(ms)
      else times.set(kind, [ms])
    }
  }
  await Promise.all(Array.from({ length: readers }, read))
  return times
}
