import type { Progress } from './progress.js'
import { type Colors, escapeControls, type TextOutput } from './terminal.js'

/** What a person is told beside the data, on stderr. Control characters other than line ends are made visible. */
export interface Log {
  /** What was done, or goes on; not with --quiet. */
  notice(text: string): void
  /** What a person should know even with --quiet. */
  warn(text: string): void
  /** What helps to find out why; only with --verbose. */
  detail(text: string): void
}

export interface LogOptions {
  readonly quiet?: boolean
  readonly verbose?: boolean
}

/** A log of whole lines. The progress line gives way to each of them. */
export function createLog(options: LogOptions, out: TextOutput, colors: Colors, progress: Progress): Log {
  const write = (text: string) => {
    progress.clear()
    out.write(`${text}\n`)
  }
  return {
    notice: text => options.quiet || write(escapeLines(text)),
    warn: text => write(`${colors.yellow('warning:')} ${escapeLines(text)}`),
    detail: text => !options.verbose || write(colors.dim(escapeLines(text))),
  }
}

/** Of what others tell, where they are told. */
export const noLog: Log = { notice: () => {}, warn: () => {}, detail: () => {} }

/** {@link escapeControls} for each line of a text that may have several. */
export const escapeLines = (text: string): string => text.split('\n').map(escapeControls).join('\n')
