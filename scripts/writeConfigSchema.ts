import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatConfigSchema } from '../src/config/schema.js'
import { packageFolder } from '../src/packageFolder.js'
import { formatExpectationsSchema } from '../src/reconcile/expectationsSchema.js'

// Writes the JSON schemas of stocktake.yaml and data_inventory.yaml, for editors, from the schemas that check them.
const put = (name: string, text: string) => writeFile(join(packageFolder(), 'config', name), text)
await put('stocktake.schema.json', formatConfigSchema())
await put('data_inventory.schema.json', formatExpectationsSchema())
