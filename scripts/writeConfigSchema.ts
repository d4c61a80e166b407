import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatConfigSchema } from '../src/config/schema.js'
import { packageFolder } from '../src/packageFolder.js'

// Writes the JSON schema of stocktake.yaml, for editors, from the schema that checks it.
await writeFile(join(packageFolder(), 'config', 'stocktake.schema.json'), formatConfigSchema())
