import type { Column } from '../output/cells.js'
import { SNAPSHOTS } from '../snapshot/tables.js'

/** Every column of the view `snapshots`, for programs. */
export const RECEIPT_COLUMNS: readonly Column[] = SNAPSHOTS.schema.fields.map(({ name }) => ({ name }))
