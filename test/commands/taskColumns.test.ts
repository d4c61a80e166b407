import { expect, test } from 'vitest'
import { commandText } from '../../src/commands/taskColumns.js'

const command = ['node', 'fetch.mjs', "a b's.json"]

test.each([
  ['table', `node fetch.mjs 'a b'\\''s.json'`],
  ['json', `["node","fetch.mjs","a b's.json"]`],
] as const)('in a %s a command is %s', (format, text) => expect(commandText(command, format)).toBe(text))
