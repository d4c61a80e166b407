import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageFolder } from '../src/packageFolder.js'

const root = packageFolder()
const page = readFileSync(join(root, 'docs', 'troubleshooting.md'), 'utf8')

/** All that the program can say, one line each: texts over several lines of code are put together. */
const source = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts'))
  .map(file => readFileSync(join(root, 'src', file), 'utf8'))
  .join('\n')
  .replace(/['"`]\s*\+\s*['"`]/g, '')
  .replaceAll("\\'", "'")

/** What formats an error, and what the engine says by itself. */
const OF_OTHERS = new Set(['expected ', ', got ', 'invalid value: ', ' expected one of ', 'Out of Memory'])

/** The parts of a message between names and figures, without the words that every message has. */
const partsOf = (message: string): string[] =>
  message
    .split('…')
    .flatMap(part => (OF_OTHERS.has(part) ? [] : part.split(/(?:^|: )expected |, got /)))
    .map(part => part.trim())
    .filter(part => part.length > 3 && !OF_OTHERS.has(part) && !OF_OTHERS.has(` ${part}`))

const messages = [...page.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell = '']) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, message = '']) => message),
)

test('the page quotes messages', () => expect(messages.length).toBeGreaterThan(30))

test.each(messages)('the program says %j', message => {
  const missing = partsOf(message).filter(part => !source.includes(part))
  expect(missing).toEqual([])
})
