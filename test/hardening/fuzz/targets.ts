import type { FuzzTarget } from './fuzzTarget.js'
import { API_TARGETS } from './targets/api.js'
import { DOCUMENT_TARGETS } from './targets/documents.js'
import { ENGINE_TARGETS } from './targets/engine.js'
import { ICEBERG_TARGETS } from './targets/iceberg.js'
import { INVENTORY_TARGETS } from './targets/inventory.js'
import { REPORT_ROWS_TARGETS } from './targets/reportRows.js'
import { STREAM_TARGETS } from './targets/streams.js'
import { TEXT_TARGETS } from './targets/texts.js'
import { YAML_TARGETS } from './targets/yamlFiles.js'

/** All that reads what others wrote, and can be tried by itself. */
export const TARGETS: readonly FuzzTarget[] = [
  ...[...INVENTORY_TARGETS, ...ICEBERG_TARGETS, ...YAML_TARGETS, ...TEXT_TARGETS, ...DOCUMENT_TARGETS],
  ...[...STREAM_TARGETS, ...ENGINE_TARGETS, ...REPORT_ROWS_TARGETS, ...API_TARGETS],
]
