import { cpus, loadavg, totalmem } from 'node:os'
import { formatBytes } from '../src/output/quantities.js'

export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** A row of a Markdown table. */
export const tableRow = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`

/** @param digits after the point */
export const seconds = (ms: number, digits = 1): string => `${(ms / 1000).toFixed(digits)} s`

/** What the figures below were measured on: cores, memory, Node, and what others had it do. */
export function describeMachine(): string {
  const [{ model = 'unknown' } = {}] = cpus()
  return `${cpus().length} cores (${model}), ${formatBytes(totalmem())}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`
}
