import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { packageFolder } from '../src/packageFolder.js'
import { generatedPages } from './writeDocs/generatedPages.js'

// Writes the pages of docs/reference from the code that they are about.
for (const [path, format] of Object.entries(generatedPages)) {
  const file = join(packageFolder(), path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, await format())
}
