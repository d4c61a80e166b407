import { createInterface } from 'node:readline/promises'
import type { Readable, Writable } from 'node:stream'

export interface Terminal {
  readonly input: Readable
  readonly output: Writable
  /** Told of Ctrl-C, which a terminal that reads a line doesn't make a signal of. */
  readonly interrupt: () => void
}

/**
 * Asks a person. Only `y` and `yes` are a yes; anything else, and the end of the input, is a no.
 * @throws the signal's reason once that is raised
 */
export async function askYesOrNo(
  question: string,
  { input, output, interrupt }: Terminal,
  signal: AbortSignal,
): Promise<boolean> {
  signal.throwIfAborted()
  const lines = createInterface({ input, output })
  const ended = new Promise<string>(resolve => lines.once('close', () => resolve('')))
  lines.once('SIGINT', interrupt)
  try {
    const answer = await Promise.race([lines.question(`${question} [y/N] `, { signal }), ended])
    signal.throwIfAborted()
    return /^y(es)?$/i.test(answer.trim())
  } catch (error) {
    signal.throwIfAborted() // the question's own error doesn't say why it was stopped
    throw error
  } finally {
    lines.close()
  }
}
