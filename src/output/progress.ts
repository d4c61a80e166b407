import { formatBar } from './bar.js'
import { formatCount, formatDuration } from './quantities.js'
import { cutToWidth, escapeControls, type TextOutput } from './terminal.js'

/** How far a piece of work is. */
export interface ProgressStep {
  /** The piece: `read`, `sort`. Another label is another piece, whose time starts anew. */
  readonly label: string
  readonly done: number
  /** Left out where the end is not known. */
  readonly total?: number
  /** What `done` and `total` count: `files`. */
  readonly unit: string
  /** What the rate is of, where it is counted finer than `done`: `{ count: 6_204_000, unit: 'rows' }`. */
  readonly tally?: { readonly count: number; readonly unit: string }
}

/** One line on a terminal that says how far the work is; nothing anywhere else. */
export interface Progress {
  /** Says how far; the line is redrawn ten times a second at most. */
  update(step: ProgressStep): void
  /** Takes the line away, before something else is written; the next update brings it back. */
  clear(): void
}

const REDRAW_MS = 100
const BAR_WIDTH = 30

/** No line at all: off a terminal, or when it should be quiet. */
export const noProgress: Progress = { update() {}, clear() {} }

/** A line on the terminal, redrawn in place. */
export function createProgress(out: TextOutput, now: () => Date): Progress {
  let shown = false
  let label: string | undefined
  let startedAt = 0
  let drawnAt = 0
  return {
    update(step) {
      const time = now().getTime()
      if (step.label !== label) {
        label = step.label
        startedAt = time
      } else if (time - drawnAt < REDRAW_MS) return
      drawnAt = time
      shown = true
      out.write(
        `\r\x1b[2K${cutToWidth(escapeControls(formatProgress(step, time - startedAt)), (out.columns || 80) - 1)}`,
      )
    },
    clear() {
      if (shown) out.write('\r\x1b[2K')
      shown = false
      drawnAt = 0
    },
  }
}

/** `read  ███░░░  6 of 10 files   6,204,000 rows   512,000 rows/s   8 s left`, as far as it is known. */
export function formatProgress({ label, done, total, unit, tally }: ProgressStep, elapsedMs: number): string {
  const counted = tally ?? { count: done, unit }
  const rate = elapsedMs >= 1000 && counted.count > 0 ? Math.round((counted.count / elapsedMs) * 1000) : undefined
  const left = total !== undefined && done > 0 && elapsedMs >= 1000 ? (elapsedMs / done) * (total - done) : undefined
  return [
    label.padEnd(6),
    total !== undefined && total > 0 && `${formatBar(done / total, BAR_WIDTH, '░')} `,
    `${formatCount(done)}${total === undefined ? '' : ` of ${formatCount(total)}`} ${unit} `,
    tally && `${formatCount(tally.count)} ${tally.unit} `,
    rate !== undefined && rate > 0 && `${formatCount(rate)} ${counted.unit}/s `,
    left !== undefined && left > 0 && `${formatDuration(Math.ceil(left / 1000) * 1000)} left`,
  ]
    .filter(part => typeof part === 'string')
    .join('  ')
    .trimEnd()
}
