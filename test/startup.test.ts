import { existsSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { packageFolder } from '../src/packageFolder.js'

/** The packages that a file's static imports load, its own and those of what it imports; types are no load. */
function listLoaded(path: string, seen = new Set<string>(), packages = new Set<string>()): Set<string> {
  if (seen.has(path)) return packages
  seen.add(path)
  const { statements } = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest)
  for (const statement of statements) {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue
    const { moduleSpecifier } = statement
    if (!moduleSpecifier || !ts.isStringLiteral(moduleSpecifier) || isTypeOnly(statement)) continue
    const name = moduleSpecifier.text
    if (name.startsWith('.')) listLoaded(findSource(resolve(dirname(path), name)), seen, packages)
    else if (!isBuiltin(name)) packages.add(name)
  }
  return packages
}

/** What an import of a `.js` file means: the source it is made of, or itself in what was built. */
function findSource(path: string): string {
  const source = path.replace(/\.js$/, '.ts')
  return existsSync(source) ? source : path
}

function isTypeOnly(statement: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(statement)) return statement.isTypeOnly
  const bindings = statement.importClause?.namedBindings
  const named = bindings && ts.isNamedImports(bindings) ? bindings.elements : undefined
  return (
    statement.importClause?.isTypeOnly === true ||
    (statement.importClause?.name === undefined && named !== undefined && named.every(({ isTypeOnly }) => isTypeOnly))
  )
}

const src = join(packageFolder(), 'src')

test('no command is waited for by --help: only the parser and colours are loaded', () => {
  expect([...listLoaded(join(src, 'cli.ts'))].sort()).toEqual(['picocolors', 'yargs'])
})

test('as it is built, it loads no package for --help at all, and few files', () => {
  const files = new Set<string>()
  expect([...listLoaded(join(packageFolder(), 'dist', 'cli.js'), files)]).toEqual([])
  expect(files.size).toBeLessThan(40) // 17; each takes a third of a millisecond
})

test.each(['commands/queryRun.ts', 'commands/reportScreens.ts', 'commands/listings.ts', 'output/rows.ts'])(
  '%s loads no Arrow for rows of another format',
  name => expect([...listLoaded(join(src, name))]).not.toContain('apache-arrow'),
)

test('what writes Arrow loads it', () => {
  expect([...listLoaded(join(src, 'engine/arrowResult.ts'))]).toContain('apache-arrow')
})
