// Makes dist/: the command in few files, so that it starts quickly, the page, and the licences of what is in them.
// What package.json's `dependencies` name is installed beside it, all else that is imported is in its files. A file is replaced in
// one go, and those that a build before made stay for a day: who runs the command meanwhile has it whole. `--clean` removes them at once.
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { constants, gzipSync } from 'node:zlib'
import { build } from 'vite'
import { formatNotices, packagesOf } from './notices.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
// How long plugins take is told where the machine has much to do, and is no one's fault.
const checks = { pluginTimings: false }
const STALE_MS = process.argv.includes('--clean') ? 0 : 86_400_000

const command = await build({
  configFile: false,
  root,
  logLevel: 'warn',
  publicDir: false,
  resolve: { alias: { 'string-width': join(root, 'scripts', 'textWidth.mjs') } },
  ssr: { noExternal: true, external: await listInstalled() },
  build: {
    ssr: 'src/cli.ts',
    target: 'node20',
    write: false,
    minify: false,
    rolldownOptions: { checks, output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' } },
  },
})
const page = await build({
  configFile: join(root, 'vite.config.ts'),
  logLevel: 'warn',
  build: { write: false, rolldownOptions: { checks } },
})

const files = new Map([
  ...command.output.map(({ fileName, code }) => [fileName, code]),
  ...page.output.flatMap(file => pageFiles(file)),
  ['THIRD_PARTY_NOTICES', await formatNotices(await packagesOf([...command.output, ...page.output]))],
])
// The entries come last, when all that they load is there.
const entries = ['cli.js', 'ui/index.html']
for (const name of [...files.keys()].sort((a, b) => entries.indexOf(a) - entries.indexOf(b))) {
  await replace(join(dist, name), Buffer.from(files.get(name)))
}
await chmod(join(dist, 'cli.js'), 0o755)
await removeStale(dist)

/** What is installed with the package. */
async function listInstalled() {
  const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  return Object.keys(dependencies)
}

/** A file of the page, and its compressed form for browsers that take it. */
function pageFiles({ fileName, code, source }) {
  const bytes = Buffer.from(code ?? source)
  const plain = [`ui/${fileName}`, bytes]
  if (!/^assets\/.*\.(js|css|svg)$/.test(fileName)) return [plain]
  return [plain, [`ui/${fileName}.gz`, gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION })]]
}

/** Removes what this build did not make, and folders that are empty then. @returns whether the folder is */
async function removeStale(folder) {
  let isEmpty = true
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    const isGone = entry.isDirectory() ? await removeStale(path) : await isStale(path)
    if (isGone) await rm(path, { recursive: true })
    else isEmpty = false
  }
  return isEmpty
}

async function isStale(path) {
  return !files.has(relative(dist, path)) && Date.now() - (await stat(path)).mtimeMs >= STALE_MS
}

async function replace(path, bytes) {
  const found = await readFile(path).catch(() => undefined)
  if (found?.equals(bytes)) return
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.tmp-${process.pid}`
  await writeFile(temporary, bytes)
  await rename(temporary, path)
}
