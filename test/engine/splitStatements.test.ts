import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DuckDB, openDuckDB } from '../../src/engine/duckdb.js'
import { isBlank, splitStatements } from '../../src/engine/splitStatements.js'

test.each<[string, string[], string]>([
  ['select 1; select 2', ['select 1'], ' select 2'],
  ['select 1;\nselect 2;\n', ['select 1', 'select 2'], '\n'],
  [';;\n;', [], ''],
  ['-- nothing;\n;', [], ''],
  ["select 'a;b'; x", ["select 'a;b'"], ' x'],
  ["select 'it''s;'; x", ["select 'it''s;'"], ' x'],
  ["select e'a\\';b'; x", ["select e'a\\';b'"], ' x'],
  ["select 'a\\'; x", ["select 'a\\'"], ' x'],
  ["select name'x;'; y", ["select name'x;'"], ' y'],
  ['select ";" from t; x', ['select ";" from t'], ' x'],
  ['select $$;$$, $a$ ; $b$ ; $a$; x', ['select $$;$$, $a$ ; $b$ ; $a$'], ' x'],
  ['select $1; select $name;', ['select $1', 'select $name'], ''],
  ['select 1 -- a;b\n+ 1; x', ['select 1 -- a;b\n+ 1'], ' x'],
  ['select /* ; /* ; */ ; */ 1; x', ['select /* ; /* ; */ ; */ 1'], ' x'],
  ["select 'open;", [], "select 'open;"],
  ["select e'open\\';", [], "select e'open\\';"],
  ['select "open;', [], 'select "open;'],
  ['select /* open /* */ ;', [], 'select /* open /* */ ;'],
  ['select $a$ ; $b$;', [], 'select $a$ ; $b$;'],
  ["select caf\u00e9e'x\\'; y", ["select caf\u00e9e'x\\'"], ' y'],
])('%j', (text, statements, rest) => expect(splitStatements(text)).toEqual({ statements, rest }))

test.each<[string, boolean]>([
  ['', true],
  [' \n\t', true],
  ['-- remark', true],
  ['/* a /* b */ */ -- c\n', true],
  ['/* open', false],
  ['-- remark\n1', false],
  ['-', false],
])('%j is blank: %s', (text, blank) => expect(isBlank(text)).toBe(blank))

let engine: DuckDB
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stocktake-split-'))
  engine = await openDuckDB({ memoryBytes: 100_000_000, threads: 1, tempFolder: folder })
})
afterAll(async () => {
  engine.close()
  await rm(folder, { recursive: true })
})

test("statements are as many as DuckDB's parser finds, wherever it can parse a text", async () => {
  const part = fc.constantFrom(
    '1',
    "'a;'",
    "'it''s'",
    "e'\\';'",
    '$$;$$',
    '$x$;$$;$x$',
    '";" + 1',
    '--;\n 1',
    '/*;*/ 1',
  )
  const statement = part.map(value => `select ${value}`)
  const glue = fc.constantFrom(';', ' ; ', ';\n', '; -- x;\n', ';;', '/* /* ; */ ; */;')
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(statement, glue), { minLength: 1, maxLength: 6 }), async pairs => {
      const text = pairs.flat().join('')
      const { statements, rest } = splitStatements(text)
      expect(isBlank(rest)).toBe(true)
      expect(statements).toHaveLength(await engine.countStatements(text))
    }),
  )
})
