import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { InterruptedError, StocktakeError } from '../errors.js'
import { escapeLines } from '../output/log.js'
import { countText, formatDuration } from '../output/quantities.js'
import { HISTORY_SIZE, type ShellHistory } from './shellHistory.js'
import { createShellReader, type ShellInput } from './shellInput.js'
import type { Shell } from './shellSession.js'

export interface PromptEffects {
  readonly input: Readable
  /** Where the prompt is shown, and errors. */
  readonly output: Writable
  readonly history: ShellHistory
  readonly now: () => Date
  readonly signal: AbortSignal
}

const PROMPT = 'lake> '
const MORE = '   -> '

/**
 * Asks for statements until a person ends it. Ctrl-C abandons what is typed or runs, an error is told; neither ends the
 * shell.
 * @throws the signal's reason once that is raised
 */
export async function runPrompt(shell: Shell, effects: PromptEffects): Promise<void> {
  const { input, output, history, signal } = effects
  signal.throwIfAborted()
  const lines = createInterface({
    ...{ input, output, terminal: true, prompt: PROMPT, historySize: HISTORY_SIZE, removeHistoryDuplicates: true },
    history: [...history.entries],
  })
  const reader = createShellReader()
  const typed = rememberLines(lines, history)
  const queue = queueLines(lines)
  const ask = () => {
    lines.setPrompt(reader.isOpen() ? MORE : PROMPT)
    lines.prompt()
  }
  lines.on('SIGINT', () => {
    if (queue.abandon()) return shell.interrupt()
    reader.discard()
    typed.discard()
    lines.setPrompt(PROMPT)
    lines.write(null, { ctrl: true, name: 'e' })
    output.write('^C\n')
    lines.write(null, { ctrl: true, name: 'u' })
  })
  const close = () => lines.close()
  signal.addEventListener('abort', close)
  ask()
  try {
    for await (const { line, isWanted } of queue.lines) {
      const inputs = reader.read(line)
      if (!reader.isOpen()) await typed.keep()
      if (!isWanted()) reader.discard()
      if (await executeAll(inputs, isWanted, shell, effects)) break
      ask()
    }
  } finally {
    signal.removeEventListener('abort', close)
    lines.close()
    output.write('\n')
  }
  signal.throwIfAborted()
}

interface QueuedLine {
  readonly line: string
  /** Not after a Ctrl-C that came later than it. */
  readonly isWanted: () => boolean
}

/** Lines as they are typed, which may be faster than statements run. */
function queueLines(lines: Interface) {
  const queue: QueuedLine[] = []
  let interrupts = 0
  let isWorking = false
  let isClosed = false
  let wake = () => {}
  lines.on('line', line => {
    const typedAfter = interrupts
    queue.push({ line, isWanted: () => typedAfter === interrupts })
    wake()
  })
  lines.on('close', () => {
    isClosed = true
    wake()
  })
  async function* all(): AsyncGenerator<QueuedLine> {
    for (;;) {
      const next = queue.shift()
      if (next) {
        isWorking = true
        yield next
        isWorking = false
      } else if (isClosed) return
      else
        await new Promise<void>(resolve => {
          wake = resolve
        })
    }
  }
  return {
    lines: all(),
    /** @returns whether there was any line that is not done */
    abandon() {
      if (!isWorking && queue.length === 0) return false
      interrupts++
      return true
    },
  }
}

/** @returns whether the shell is to end */
async function executeAll(
  inputs: readonly ShellInput[],
  isWanted: () => boolean,
  shell: Shell,
  { output, now, signal }: PromptEffects,
): Promise<boolean> {
  for (const input of inputs) {
    const start = now().getTime()
    try {
      if (!isWanted()) throw new InterruptedError({ subject: 'abandoned' })
      const count = await shell.execute(input)
      if (count === 'quit') return true
      if (input.kind === 'statement')
        output.write(`${countText(count, 'row')}, ${formatDuration(now().getTime() - start)}\n`)
    } catch (error) {
      if (signal.aborted) return true
      output.write(`${escapeLines(messageOf(error))}\n`)
      return false // what was typed after it on the line may have been meant to follow it
    }
  }
  return false
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return error instanceof StocktakeError ? message : `unexpected error: ${message}`
}

/**
 * Has the lines of a statement as one entry of the history, so that it comes back whole; one with a comment to the end of a
 * line stays in lines.
 */
function rememberLines(lines: Interface, history: ShellHistory) {
  let entries: string[] = []
  let open: string[] = []
  lines.on('history', (known: string[]) => {
    entries = known
  })
  lines.on('line', line => {
    if (line.trim() !== '') open.push(line)
  })
  return {
    discard() {
      open = []
    },
    async keep() {
      const typed = open
      open = []
      const isOne = typed.length > 1 && !typed.some(line => line.includes('--'))
      const kept = isOne ? [typed.map(line => line.trim()).join(' ')] : typed
      if (isOne) entries.splice(0, entries.length, ...kept, ...entries.filter(entry => !typed.includes(entry)))
      for (const entry of kept) await history.add(entry)
    },
  }
}
