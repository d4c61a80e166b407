import { expect, test } from 'vitest'
import { type CommandTarget, tableCommand } from '../../src/tables/tableCommand.js'

test.each<[CommandTarget, verb: string, words: string[], command: string]>([
  [{ name: 'sales' }, 'create', [], 'stocktake tables create sales'],
  [{ name: 'sales', stage: 'prod' }, 'insert', ['FILE'], 'stocktake tables insert sales FILE --stage prod'],
  [
    { name: 'sales', stage: 'prod' },
    'evolve',
    ['--partition', 'bucket(16,id)'],
    "stocktake tables evolve sales --partition 'bucket(16,id)' --stage prod",
  ],
  [{ name: "it's $(all)" }, 'history', [], "stocktake tables history 'it'\\''s $(all)'"],
])('%j %s %j', (target, verb, words, command) => expect(tableCommand(target, verb, ...words)).toBe(command))
