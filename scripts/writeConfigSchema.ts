import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatConfigSchema } from '../src/config/schema.js'
import { packageFolder } from '../src/packageFolder.js'
import { formatExpectationsSchema } from '../src/reconcile/expectationsSchema.js'
import { formatGapsFileSchema } from '../src/reconcile/gapsFile.js'

// Writes the JSON schemas of stocktake.yaml and data_inventory.yaml, for editors, from the schemas that check them, and that of
// inventory/gaps.json, for those who read it.
const put = (name: string, text: string) => writeFile(join(packageFolder(), 'config', name), text)
await put('stocktake.schema.json', formatConfigSchema())
await put('data_inventory.schema.json', formatExpectationsSchema())
await put('gaps.schema.json', formatGapsFileSchema())
