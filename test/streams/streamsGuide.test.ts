import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packageFolder } from '../../src/packageFolder.js'
import { type CommandFolder, openCommandFolder } from '../commands/commandFolder.js'
import { parseExamples, splitWords } from '../commands/docExamples.js'

let place: CommandFolder
beforeAll(async () => {
  place = await openCommandFolder()
})
afterAll(() => place.remove())

test('docs/streams.md goes from nothing to tables as it shows', async () => {
  const page = await readFile(join(packageFolder(), 'docs', 'streams.md'), 'utf8')
  const [, settings = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(page) ?? []
  await place.configure(settings)
  const examples = parseExamples(page)
  expect(examples.length).toBeGreaterThan(5)
  for (const { command, shown } of examples) {
    let piped = ''
    let told = ''
    for (const part of command.split(' | ')) {
      const [program, ...args] = splitWords(part)
      expect(program).toBe('stocktake')
      const { code, stdout, stderr } = await place.run(args, { stdin: Readable.from([piped]) })
      expect(code, `${part}\n${stderr}`).toBe(0)
      piped = stdout
      told += stderr
    }
    expect(shown.test(told + piped), `${command}\n${told}${piped}`).toBe(true)
  }
})
