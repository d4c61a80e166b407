// Runs after tsc and Vite: makes the command of package.json's bin executable, and compresses what the page loads.
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants, gzipSync } from 'node:zlib'

chmodSync(new URL('../dist/cli.js', import.meta.url), 0o755)

const assets = new URL('../dist/ui/assets/', import.meta.url)
for (const name of readdirSync(assets).filter(name => /\.(js|css|svg)$/.test(name))) {
  const bytes = gzipSync(readFileSync(new URL(name, assets)), { level: constants.Z_BEST_COMPRESSION })
  writeFileSync(new URL(`${name}.gz`, assets), bytes)
}
