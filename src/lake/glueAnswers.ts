import type { Column, Database, Table, TableInput } from '@aws-sdk/client-glue'
import type { GlueColumn, GlueDatabase, GlueTable } from './glue.js'

/** A database as Glue tells of it. */
export const toGlueDatabase = (found: Database, name: string): GlueDatabase => ({
  name: found.Name ?? name,
  parameters: found.Parameters ?? {},
  ...(found.Description !== undefined && { description: found.Description }),
  ...(found.LocationUri !== undefined && { location: found.LocationUri }),
})

/** A table or view as Glue tells of it. */
export function toGlueTable(found: Table, database: string): GlueTable {
  const raw = toInput(found)
  const location = found.StorageDescriptor?.Location
  return {
    database,
    name: found.Name ?? '',
    versionId: found.VersionId,
    tableType: found.TableType ?? '',
    parameters: found.Parameters ?? {},
    ...(found.Description !== undefined && { description: found.Description }),
    ...(location !== undefined && { location }),
    columns: (found.StorageDescriptor?.Columns ?? []).map(toGlueColumn),
    ...(found.ViewOriginalText !== undefined && { viewText: found.ViewOriginalText }),
    raw,
  }
}

const toGlueColumn = ({ Name, Type, Comment, Parameters }: Column): GlueColumn => ({
  name: Name ?? '',
  type: Type ?? '',
  ...(Comment !== undefined && { comment: Comment }),
  ...(Parameters !== undefined && { parameters: Parameters }),
})

/** The rest of what Glue says of a table is its own, and refused in an update. */
function toInput(found: Table): TableInput {
  const { Name, Description, Owner, LastAccessTime, LastAnalyzedTime, Retention, StorageDescriptor } = found
  const { PartitionKeys, ViewOriginalText, ViewExpandedText, TableType, Parameters, TargetTable } = found
  const first = { Name, Description, Owner, LastAccessTime, LastAnalyzedTime, Retention, StorageDescriptor }
  return { ...first, PartitionKeys, ViewOriginalText, ViewExpandedText, TableType, Parameters, TargetTable }
}
