import { StocktakeError, UsageError } from '../errors.js'

/** A table file (metadata, manifest list, manifest) that isn't what the Iceberg spec says. Nothing was changed. */
export class TableFormatError extends StocktakeError {}

/** A table that is right but uses what this reader doesn't know: another format version, delete files, a codec. */
export class UnsupportedTableError extends StocktakeError {}

/** A file that a table names outside its own location. */
export class FileOutsideTableError extends StocktakeError {}

/** A column that the table doesn't have. */
export class UnknownColumnError extends UsageError {}

/** A value that its column's type can't hold. */
export class ColumnValueError extends UsageError {}
