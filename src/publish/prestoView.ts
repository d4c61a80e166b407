import type { TableInput } from '@aws-sdk/client-glue'
import { z } from 'zod'
import { columnComment, tableComment } from '../lake/glueText.js'
import { parseJson } from '../lake/parseJson.js'

/** A view as Athena and Trino keep it in Glue. */
export interface PrestoView {
  readonly name: string
  /** In Trino's spelling; names of tables are those of the view's own database. */
  readonly sql: string
  /** What engines call Glue's catalog. */
  readonly catalog: string
  readonly database: string
  /** In the order of the SELECT. Engines call a view stale whose columns are others. */
  readonly columns: readonly ViewColumn[]
  readonly comment?: string
}

export interface ViewColumn {
  readonly name: string
  /** Trino's: `varchar`, `timestamp(6)`. */
  readonly type: string
  readonly comment?: string
}

/** What Glue is told of a view. @param parameters whose it is */
export function prestoViewInput(view: PrestoView, parameters: Readonly<Record<string, string>>): TableInput {
  const { name, columns, comment } = view
  return {
    Name: name,
    ...(comment !== undefined && { Description: tableComment(comment) }),
    TableType: 'VIRTUAL_VIEW',
    Parameters: { presto_view: 'true', comment: 'Presto View', ...parameters },
    ViewOriginalText: formatPrestoView(view),
    ViewExpandedText: '/* Presto View */',
    PartitionKeys: [],
    StorageDescriptor: {
      Columns: columns.map(column => ({
        Name: column.name,
        Type: hiveType(column.type),
        ...(column.comment !== undefined && { Comment: columnComment(column.comment) }),
      })),
      Location: '',
      SerdeInfo: {},
    },
  }
}

function formatPrestoView({ sql, catalog, database, columns, comment }: PrestoView): string {
  const definition = {
    originalSql: sql,
    catalog,
    schema: database,
    columns: columns.map(({ name, type, comment: about }) => ({ name, type, ...(about && { comment: about }) })),
    ...(comment !== undefined && { comment }),
    runAsInvoker: false,
    path: [],
  }
  return `/* Presto View: ${Buffer.from(JSON.stringify(definition)).toString('base64')} */`
}

const definition = z.looseObject({
  originalSql: z.string(),
  catalog: z.string().optional(),
  schema: z.string().optional(),
  columns: z.array(z.looseObject({ name: z.string(), type: z.string() })),
})

/** A view from its text in Glue; `undefined` for what is none of this kind. */
export function parsePrestoView(text: string | undefined): z.output<typeof definition> | undefined {
  const base64 = /^\/\* Presto View: ([A-Za-z0-9+/=]+) \*\/$/.exec(text ?? '')?.[1]
  return base64 === undefined
    ? undefined
    : definition.safeParse(parseJson(Buffer.from(base64, 'base64').toString())).data
}

function hiveType(type: string): string {
  if (type.startsWith('varchar')) return 'string'
  if (type.startsWith('timestamp')) return 'timestamp'
  return type === 'integer' ? 'int' : type
}
