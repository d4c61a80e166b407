import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { packageFolder } from '../src/packageFolder.js'

// The layers of src, the highest first. An import goes down; on one row, rightwards.
const ROWS = [
  ['cli.ts'],
  ['commands'],
  ['web', 'ui', 'api'],
  ['jobs'],
  ['reconcile', 'collections', 'streams', 'tables', 'publish', 'demo', 'setup', 'snapshot'],
  ['inventory'],
  ['models'],
  ['engine'],
  ['iceberg'],
  ['lake'],
  ['config', 'output'],
  ['errors.ts', 'codePoints.ts', 'packageFolder.ts'],
]
const LAYERS = ROWS.flat()

const src = join(packageFolder(), 'src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter(file => /\.tsx?$/.test(file))
  .sort()
const styles = new Set(readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.css')))
const sources = new Map(files.map(file => [file, readFileSync(join(src, file), 'utf8')]))
const imports = new Map([...sources].map(([file, text]) => [file, listImports(file, text)]))

/** What a file imports from src, as paths inside it: static, dynamic, type and re-exporting imports. */
function listImports(file: string, text: string): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node)
    if (specifier?.startsWith('.')) found.push(pathInSrc(file, specifier))
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true))
  return found
}

function textOf(node: ts.Node | undefined): string | undefined {
  return node && ts.isStringLiteralLike(node) ? node.text : undefined
}

function pathInSrc(file: string, specifier: string): string {
  const path = relative(src, resolve(src, dirname(file), specifier))
  const typed = path.replace(/\.js(x?)$/, '.ts$1')
  return files.includes(`${typed}x`) ? `${typed}x` : typed
}

function specifierOf(node: ts.Node): string | undefined {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier)
    return textOf(node.moduleSpecifier)
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return textOf(node.arguments[0])
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return textOf(node.argument.literal)
  return undefined
}

const layerOf = (file: string): string => file.split('/')[0] ?? ''

/** Whether a file may import another: from its own layer, from one on a lower row, or from one further right. */
function mayImport(from: string, to: string): boolean {
  const [above, below] = [LAYERS.indexOf(layerOf(from)), LAYERS.indexOf(layerOf(to))]
  return above >= 0 && below >= 0 && above <= below
}

/** The files of an import cycle, if there is one; an import of a type counts, too. */
function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>()
  const search = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const next of graph.get(file) ?? []) {
      const cycle = search(next, [...path, file])
      if (cycle) return cycle
    }
    done.add(file)
    return undefined
  }
  for (const file of graph.keys()) {
    const cycle = search(file, [])
    if (cycle) return cycle
  }
  return undefined
}

/** A file that says nothing of its own, and only hands on what others export. */
function isBarrel(file: string, text: string): boolean {
  const { statements } = ts.createSourceFile(file, text, ts.ScriptTarget.Latest)
  const handedOn = statements.filter(ts.isExportDeclaration)
  return handedOn.length > 0 && statements.every(each => ts.isImportDeclaration(each) || ts.isExportDeclaration(each))
}

describe('the layout of src', () => {
  test('has no file outside of the layers', () => {
    expect(files.filter(file => !LAYERS.includes(layerOf(file)))).toEqual([])
  })

  test('has imports that go down only', () => {
    const upward = [...imports].flatMap(([from, targets]) =>
      targets.filter(to => !mayImport(from, to)).map(to => `${from} imports ${to}`),
    )
    expect(upward).toEqual([])
  })

  test('has imports of files that are there', () => {
    const missing = [...imports].flatMap(([from, targets]) =>
      targets.filter(to => !sources.has(to) && !styles.has(to)).map(to => `${from} imports ${to}`),
    )
    expect(missing).toEqual([])
  })

  test('has no cycle', () => expect(findCycle(imports)).toBeUndefined())

  test('has no barrel', () => {
    const barrels = files.filter(file => /(^|\/)index\.tsx?$/.test(file) || isBarrel(file, sources.get(file) ?? ''))
    expect(barrels).toEqual([])
  })

  test('has no command that imports another, save a group those of its own', () => {
    const commands = files.filter(file => /export const \w+Command = defineCommand/.test(sources.get(file) ?? ''))
    expect(commands).toContain('commands/init.ts')
    const isOwn = (group: string, command: string) => command.startsWith(group.replace(/\.ts$/, ''))
    const others = commands.flatMap(
      file => imports.get(file)?.filter(to => commands.includes(to) && !isOwn(file, to)) ?? [],
    )
    expect(others).toEqual([])
  })
})

describe('the rules themselves', () => {
  test.each([
    ['cli.ts', 'commands/init.ts', true],
    ['commands/init.ts', 'cli.ts', false],
    ['lake/lake.ts', 'errors.ts', true],
    ['errors.ts', 'lake/lake.ts', false],
    ['iceberg/commit.ts', 'lake/objectStore.ts', true],
    ['lake/objectStore.ts', 'iceberg/commit.ts', false],
    ['demo/makeDemo.ts', 'snapshot/import.ts', true],
    ['snapshot/import.ts', 'demo/makeDemo.ts', false],
    ['config/config.ts', 'output/quantities.ts', true],
    ['output/quantities.ts', 'config/config.ts', false],
    ['lake/lake.ts', 'lake/folderStore.ts', true],
    ['lake/lake.ts', 'helpers/x.ts', false],
  ])('%s may import %s: %s', (from, to, allowed) => expect(mayImport(from, to)).toBe(allowed))

  test('every kind of import is seen', () => {
    const text = `
      import a from './a.js'
      import type { B } from '../lake/b.js'
      import './c.js'
      export { d } from './d.js'
      export * from './e.jsx'
      const f = await import('./f.js')
      let g: import('./g.js').G
      import fs from 'node:fs'
      // import './comment.js'
      const text = "import './text.js'"
    `
    expect(listImports('config/x.ts', text)).toEqual([
      'config/a.ts',
      'lake/b.ts',
      'config/c.ts',
      'config/d.ts',
      'config/e.tsx',
      'config/f.ts',
      'config/g.ts',
    ])
  })

  test('a cycle is found, and a diamond is none', () => {
    expect(
      findCycle(
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['b']],
        ]),
      ),
    ).toEqual(['b', 'c', 'b'])
    expect(findCycle(new Map([['a', ['a']]]))).toEqual(['a', 'a'])
    expect(
      findCycle(
        new Map([
          ['a', ['b', 'c']],
          ['b', ['d']],
          ['c', ['d']],
        ]),
      ),
    ).toBeUndefined()
  })

  test.each([
    ["export * from './a.js'", true],
    ["import { a } from './a.js'\nexport { a }", true],
    ["import './a.js'\na()", false],
    ['export const a = 1', false],
    ["import './a.js'", false],
    ['', false],
  ])('%j is a barrel: %s', (text, barrel) => expect(isBarrel('x.ts', text)).toBe(barrel))
})
