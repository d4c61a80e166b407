import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { packageFolder } from '../../src/packageFolder.js'

const OWN_MODULES = ['importChild', 'importing', 'places', 'watching'].map(name => `test/snapshot/${name}.ts`)

/** Compiles today's sources into a folder, for processes of its own. @returns the program that imports */
export async function compileImporter(folder: string): Promise<string> {
  const root = packageFolder()
  const sources = (await readdir(join(root, 'src'), { recursive: true }))
    .filter(name => name.endsWith('.ts'))
    .map(name => join('src', name))
  for (const name of [...sources, ...OWN_MODULES]) await compile(root, name, folder)
  await writeFile(join(folder, 'package.json'), '{"type":"module","version":"1.2.3"}')
  for (const name of ['node_modules', 'sql', 'config']) await symlink(join(root, name), join(folder, name))
  return join(folder, 'test/snapshot/importChild.js')
}

async function compile(root: string, name: string, folder: string): Promise<void> {
  const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext }
  const { outputText } = ts.transpileModule(await readFile(join(root, name), 'utf8'), { compilerOptions })
  const path = join(folder, name.replace(/\.ts$/, '.js'))
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, outputText)
}

/** A process that imports when it is told to `go`. */
export interface Importer {
  go(): void
  /** How it ended: what became of the report, or the signal that killed it. @throws what it wrote to stderr */
  readonly ended: Promise<string>
}

/** Starts `importChild`, and waits until it can begin. */
export async function startImporter(program: string, args: readonly string[]): Promise<Importer> {
  const child = fork(program, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  const ended = awaitEnd(child)
  await Promise.race([once(child, 'message'), ended])
  return { go: () => child.send('go'), ended }
}

async function awaitEnd(child: ChildProcess): Promise<string> {
  let said = ''
  let errors = ''
  child.on('message', message => {
    said = String(message)
  })
  child.stderr?.on('data', text => {
    errors += text
  })
  const [code, signal] = await once(child, 'close')
  if (signal) return String(signal)
  if (code === 0) return said
  throw new Error(errors)
}
