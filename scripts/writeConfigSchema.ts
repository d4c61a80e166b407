import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatConfigSchema } from '../src/config/schema.js'
import { packageFolder } from '../src/packageFolder.js'
import { formatExpectationsSchema } from '../src/reconcile/expectationsSchema.js'
import { formatGapsFileSchema } from '../src/reconcile/gapsFile.js'
import { formatTablesSchema } from '../src/tables/tableSpecSchema.js'

// Writes the JSON schemas of stocktake.yaml, data_inventory.yaml and config/tables/*.yaml, for editors, from the schemas that
// check them, and that of inventory/gaps.json, for those who read it.
const put = (name: string, text: string) => writeFile(join(packageFolder(), 'config', name), text)
await put('stocktake.schema.json', formatConfigSchema())
await put('data_inventory.schema.json', formatExpectationsSchema())
await put('gaps.schema.json', formatGapsFileSchema())
await put('tables.schema.json', formatTablesSchema())
