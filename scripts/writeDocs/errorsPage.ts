import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { EXIT } from '../../src/errors.js'
import { packageFolder } from '../../src/packageFolder.js'
import { generatedNote, page, plain, table } from './markdown.js'

/** A class of errors, as its file declares it. */
interface ErrorClass {
  readonly name: string
  readonly base: string
  /** Its comment. */
  readonly what: string
  /** A key of EXIT, where it doesn't have its base's exit code. */
  readonly exit?: string
  /** Below `src/`. */
  readonly file: string
}

/** What is said of a folder's errors. */
const TITLES: Readonly<Record<string, string>> = {
  'errors.ts': 'All commands',
  config: 'Configuration',
  lake: 'The lake and S3',
  iceberg: 'Iceberg tables and Glue',
  engine: 'Engines: DuckDB, Trino, Athena',
  models: 'Models and reports',
  inventory: 'Inventory reports',
  snapshot: 'Imports, scans and snapshots',
  setup: 'Set-up',
  publish: 'Publishing',
  reconcile: 'What should be there',
  collections: 'Collections',
  tables: 'Declared tables',
  streams: 'Streams',
  jobs: 'Jobs, daemon and alerts',
  web: 'The page and the API',
  output: 'Output',
  commands: 'Commands',
}

/** docs/reference/errors.md: every class of errors, by the comments in the code. */
export function formatErrorsPage(): string {
  const classes = listErrorClasses()
  const known = new Map(classes.map(each => [each.name, each]))
  const isOurs = ({ name, base }: ErrorClass): boolean =>
    name === 'StocktakeError' || (known.has(base) && isOurs(known.get(base) as ErrorClass))
  const exitOf = ({ exit, base }: ErrorClass): number => {
    if (exit !== undefined) return EXIT[exit as keyof typeof EXIT]
    const inherited = known.get(base)
    return inherited ? exitOf(inherited) : EXIT.failed
  }
  const ours = classes.filter(each => isOurs(each) && each.name !== 'StocktakeError')
  const folders = [...new Set(ours.map(({ file }) => folderOf(file)))]
  for (const folder of folders)
    if (TITLES[folder] === undefined) throw new Error(`errors of src/${folder} have no title in errorsPage.ts`)
  return page(
    '# Errors: the reference',
    generatedNote('the comments of the classes of errors'),
    [
      'An error is one line: what it is about, what was expected, what was found, and what to do. `--verbose` adds the class and where it',
      'came from. The common ones are in [troubleshooting.md](../troubleshooting.md) by their words; these are all there are, by class.',
    ].join('\n'),
    ...Object.keys(TITLES)
      .filter(folder => folders.includes(folder))
      .flatMap(folder => [
        `## ${TITLES[folder]}`,
        table(
          ['error', 'exit code', 'what it means'],
          ours
            .filter(({ file }) => folderOf(file) === folder)
            .map(each => [each.name, String(exitOf(each)), plain(each.what)]),
        ),
      ]),
  )
}

const folderOf = (file: string): string => file.split('/')[0] ?? ''

function listErrorClasses(): ErrorClass[] {
  const src = join(packageFolder(), 'src')
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map(file => file.replaceAll('\\', '/'))
    .filter(file => file.endsWith('.ts') && !file.startsWith('ui/'))
    .sort()
    .flatMap(file => classesOf(file, readFileSync(join(src, file), 'utf8')))
}

function classesOf(file: string, text: string): ErrorClass[] {
  const found: ErrorClass[] = []
  if (!text.includes('Error extends') && !text.includes('class StocktakeError')) return found
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  for (const node of source.statements) {
    if (!ts.isClassDeclaration(node) || node.name === undefined || !node.name.text.endsWith('Error')) continue
    const base = node.heritageClauses?.[0]?.types[0]?.expression.getText() ?? ''
    const exit = node.members
      .filter(ts.isPropertyDeclaration)
      .find(({ name }) => name.getText() === 'exitCode')
      ?.initializer?.getText()
    found.push({
      ...{ name: node.name.text, base, file, what: commentOf(node) },
      ...(exit?.startsWith('EXIT.') && { exit: exit.slice('EXIT.'.length) }),
    })
  }
  return found
}

/** The text of a TSDoc comment, without its tags; names in links are code. */
function commentOf(node: ts.ClassDeclaration): string {
  const [comment] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  const text = ts.getTextOfJSDocComment(comment?.comment) ?? ''
  return text
    .replace(/\{@link (\w+)[^}]*\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .trim()
}
