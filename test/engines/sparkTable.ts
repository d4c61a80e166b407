import { createHash } from 'node:crypto'
import type { SalesTable } from './salesTable.js'
import { runOnSpark } from './sparkServer.js'

/**
 * The name of a table for Spark's statements. Its folder is that of a Hadoop catalog, which has the same names of metadata
 * files, and the table's name is one part of it, dot and all.
 */
export async function sparkTable(url: string, sales: SalesTable): Promise<string> {
  return `${await sparkCatalog(url, sales)}.\`${sales.name}\``
}

/** The catalog of the table's lake. */
export async function sparkCatalog(url: string, { tablesFolder }: SalesTable): Promise<string> {
  const name = `lake_${createHash('sha256').update(tablesFolder).digest('hex').slice(0, 16)}`
  const settings = {
    [name]: 'org.apache.iceberg.spark.SparkCatalog',
    [`${name}.type`]: 'hadoop',
    [`${name}.warehouse`]: `file://${tablesFolder}`,
    [`${name}.cache-enabled`]: 'false',
  }
  for (const [key, value] of Object.entries(settings))
    await runOnSpark(url, `set \`spark.sql.catalog.${key}\`=\`${value}\``)
  return name
}
