import { readFile } from 'node:fs/promises'

/** A command of a page of docs/, and what is shown below it. */
export interface DocExample {
  /** As it is typed. */
  readonly command: string
  readonly shown: RegExp
}

/** The commands in blocks of `console`, with what is shown below them: `…` is anything. */
export async function readExamples(path: string): Promise<DocExample[]> {
  const text = await readFile(path, 'utf8')
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
