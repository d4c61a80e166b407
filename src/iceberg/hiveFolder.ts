/** What readers with hive partitioning take for NULL. */
export const HIVE_NULL = '__HIVE_DEFAULT_PARTITION__'

/**
 * A folder whose name readers with hive partitioning take for a column's value, `product_id=BTC-USD`: letters, digits, `-`, `_`
 * and dots as they are, the rest as %XX of UTF-8. No value leaves its folder.
 */
export const hiveFolder = (column: string, value: string | null): string =>
  `${column}=${value === null ? HIVE_NULL : encodeValue(value)}`

const encodeValue = (value: string): string =>
  encodeURIComponent(Buffer.from(value).toString()).replace(
    /[!'()*~]/g,
    sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
