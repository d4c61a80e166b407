import { formatBytes, formatCount } from '../src/output/quantities.js'
import type { Failure, Standing } from './contest.js'
import { seconds, tableRow } from './printed.js'

export const TABLE_HEAD = [
  '| what | by | wall | CPU | each second | peak RSS | disk | disk at most | ours to its wall | to its CPU | what it leaves out, or where its time went |',
  '|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---|',
]

/** A row of the one table: a contender, and what of the work it did. */
export function formatStanding(standing: Standing | Failure): string {
  if ('failed' in standing)
    return tableRow([standing.what, standing.by, ...Array.from({ length: 8 }, () => ''), `failed: ${standing.failed}`])
  const { what, by, wallMs, cpuMs, perSecond, peakBytes, disk, ratio, leavesOut, phases } = standing
  return tableRow([
    ...[what, by, shortTime(wallMs), shortTime(cpuMs)],
    perSecond ? `${formatRate(perSecond.count)} ${perSecond.unit}` : '',
    known(peakBytes, formatBytes),
    ...[known(disk.endBytes, formatBytes), known(disk.mostBytes, formatBytes)],
    ...[ratio?.wallMs, ratio?.cpuMs].map(each => (each === undefined || Number.isNaN(each) ? '' : each.toFixed(2))),
    [leavesOut, ...phases.map(({ name, ms }) => `${name} ${shortTime(ms)}`)].filter(text => text !== '').join(', '),
  ])
}

const shortTime = (ms: number): string =>
  known(ms, () => (ms < 1000 ? `${ms.toFixed(0)} ms` : seconds(ms, ms < 10_000 ? 2 : 1)))

const known = (value: number, format: (value: number) => string): string => (value > 0 ? format(value) : '')

const formatRate = (count: number): string => (count < 100 ? count.toFixed(1) : formatCount(Math.round(count)))
