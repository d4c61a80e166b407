// Runs after tsc: makes the command of package.json's bin executable.
import { chmodSync } from 'node:fs'

chmodSync(new URL('../dist/cli.js', import.meta.url), 0o755)
