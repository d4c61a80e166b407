import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { packageFolder } from '../../src/packageFolder.js'

const LAKE_MODULES = [
  'objectStore',
  'folderStore',
  'makeFolder',
  'documents',
  'documentNumbers',
  'documentFormat',
  'parseJson',
  'retry',
].map(name => `lake/${name}.ts`)
const MODULES = ['codePoints.ts', 'errors.ts', ...LAKE_MODULES]

/** Compiles the folder store of today's sources into a folder, for processes of its own. @returns its file */
export async function compileFolderStore(folder: string): Promise<string> {
  const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext }
  for (const module of MODULES) {
    const source = await readFile(join(packageFolder(), 'src', module), 'utf8')
    const path = join(folder, module.replace(/\.ts$/, '.js'))
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, ts.transpileModule(source, { compilerOptions }).outputText)
  }
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  await symlink(join(packageFolder(), 'node_modules'), join(folder, 'node_modules'))
  return join(folder, 'lake', 'folderStore.js')
}

/** A process that has a `store` on a folder, says that it is ready, and runs the script when it is told to. */
export async function startWriter(folderStore: string, root: string, script: string): Promise<ChildProcess> {
  const program = `
    import { FolderStore } from ${JSON.stringify(folderStore)}
    const store = new FolderStore(${JSON.stringify(root)})
    process.once('message', async () => { ${script}; process.disconnect() })
    process.send('ready')
  `
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  await once(child, 'message')
  return child
}
