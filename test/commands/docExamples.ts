import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'

/** A command of a page of docs/, and what is shown below it. */
export interface DocExample {
  /** As it is typed. */
  readonly command: string
  readonly shown: RegExp
}

/** The commands in blocks of `console`, with what is shown below them: `…` is anything. */
export const readExamples = async (path: string): Promise<DocExample[]> => parseExamples(await readFile(path, 'utf8'))

/** As {@link readExamples}, of a page's text or a part of it. */
export function parseExamples(text: string): DocExample[] {
  const blocks = [...text.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block)
  return blocks
    .flatMap(block => block.split(/^\$ /m).slice(1))
    .map(example => {
      const [command = '', ...lines] = example.split('\n')
      const pattern = lines.join('\n').replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      return { command, shown: new RegExp(`^${pattern.replaceAll('…', '[\\s\\S]*')}$`) }
    })
}

/** The files that a page shows: blocks below a line that ends with a name in backquotes and a colon. */
export async function readShownFiles(path: string): Promise<{ readonly name: string; readonly text: string }[]> {
  const page = await readFile(path, 'utf8')
  return [...page.matchAll(/`([\w./-]+)`:\n\n```\w+\n([\s\S]*?)^```$/gm)].map(([, name = '', text = '']) => ({
    name,
    text,
  }))
}

/** Commands as a shell would take them apart. */
export const splitWords = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '')

/** What a command line came to: stderr, then stdout. */
export interface ExampleAnswer {
  readonly code: number
  readonly output: string
}

/**
 * Runs examples one after the other, and holds each to what is shown below it. They succeed, but for those that are followed by
 * `echo $?`, which shows another exit code.
 */
export async function followExamples(
  examples: readonly DocExample[],
  stocktake: (...args: string[]) => Promise<ExampleAnswer>,
): Promise<void> {
  for (const [i, { command, shown }] of examples.entries()) {
    if (command === ASK_CODE) continue
    const [program, ...args] = splitWords(command)
    expect(program, command).toBe('stocktake')
    const { code, output } = await stocktake(...args)
    const next = examples[i + 1]
    if (next?.command === ASK_CODE) expect(`${code}\n`, `${command}\n${output}`).toMatch(next.shown)
    else expect(code, `${command}\n${output}`).toBe(0)
    expect(shown.test(output), `${command}\n${output.slice(0, 3000)}`).toBe(true)
  }
}

const ASK_CODE = 'echo $?'
