import { z } from 'zod'
import { choice, flag, formatJsonSchema, mapping, matching, or, orNone, text, whole } from '../config/settingTypes.js'

export const COLUMN_RULE =
  'a name of lower-case letters, digits and "_", not beginning with a digit; rowid, file_row_number and filename are DuckDB\'s own'
const COLUMN_NAME = /^(?!(rowid|file_row_number|filename)$)[a-z_][a-z0-9_]{0,127}$/ // Athena and Glue know no capitals
const columnName = () => matching(COLUMN_NAME, COLUMN_RULE)

/** Whether a column can be called so: {@link COLUMN_RULE}. */
export const isColumnName = (name: string): boolean => COLUMN_NAME.test(name)

const VALUE_RULE = 'a value, in quotes where it is a number with more than 15 digits'
/** What YAML reads as a number is a text again: every whole number of up to 15 digits survives that. */
const value = () =>
  z
    .union([z.string(), z.number()], VALUE_RULE)
    .refine(given => typeof given === 'string' || Math.abs(given) < 1e15, VALUE_RULE)
    .transform(String)

const FROM_RULE = 'year(COLUMN), month(COLUMN), day(COLUMN) or hour(COLUMN)'
const filledFrom = () => matching(/^(year|month|day|hour)\(([a-z_][a-z0-9_]*)\)$/, FROM_RULE)

const column = mapping({
  name: columnName().describe('of the column'),
  type: text().describe(
    'a plain type of Iceberg or a list of one: string, int, decimal(10,2), timestamp, list<double>',
  ),
  required: or(flag(), false).describe('whether every row must have a value'),
  comment: orNone(text()).describe('what it is, for all engines'),
  from: orNone(filledFrom()).describe('filled with that part of a date or time (UTC); never given by who inserts'),
  one_of: orNone(z.array(text(), 'a list of texts').min(1, 'a list of texts')).describe('the values that there are'),
  min: orNone(value()).describe('the least value'),
  max: orNone(value()).describe('what every value is below'),
  length: orNone(whole(1, 1_000_000)).describe('how many values a list has'),
})

const TRANSFORM_RULE = 'identity, year, month, day, hour, bucket[N] or truncate[N]'
const transform = () => matching(/^(identity|year|month|day|hour|(bucket|truncate)\[[1-9]\d{0,8}\])$/, TRANSFORM_RULE)

const partitionField = mapping({
  column: columnName().describe('by which files are parted'),
  transform: or(transform(), 'identity').describe('by what of it'),
  name: orNone(columnName()).describe("the partition field's name; made of column and transform unless given"),
})

const sortField = mapping({
  column: columnName().describe('by which rows are sorted'),
  direction: or(choice(['asc', 'desc']), 'asc').describe('ascending or descending'),
  nulls: orNone(choice(['first', 'last'])).describe('first where ascending and last where descending, unless given'),
})

const MODEL_RULE = 'the name of a folder in sql/, or of a file in it without its .sql'
const inSql = () => matching(/^[a-z0-9_-]+(\/[a-z0-9_-]+)?$/, MODEL_RULE)

/** One file of config/tables: every key, and no other. What comes out has all defaults. */
export const tableSpecSchema = mapping({
  database: text().describe('lower-case letters, digits and "_"; {stage} and {region} are filled in'),
  table: columnName().describe('its name in the database'),
  comment: orNone(text()).describe('what it is, for all engines'),
  columns: z.array(column, 'a list of columns').min(1, 'a list of columns').describe('in their order'),
  partition: or(z.array(partitionField, 'a list of {column, transform}'), []).describe(
    'how rows are parted into files',
  ),
  sort: or(z.array(sortField, 'a list of {column, direction}'), []).describe('how rows are sorted within a file'),
  properties: or(z.record(text(), value(), 'a mapping of texts'), {}).describe("Iceberg's table properties"),
  queries: orNone(inSql()).describe('the folder of queries in sql/ that are about this table'),
  sample: orNone(inSql()).describe('the model in sql/ that makes sample rows'),
})

export type TableSettings = z.output<typeof tableSpecSchema>
export type ColumnSettings = z.output<typeof column>
export type PartitionSettings = z.output<typeof partitionField>
export type SortSettings = z.output<typeof sortField>

/** The JSON schema of config/tables/*.yaml, for editors: the text of config/tables.schema.json. */
export const formatTablesSchema = (): string =>
  formatJsonSchema(tableSpecSchema, {
    title: 'config/tables/*.yaml',
    description: 'A table of the lake, as it is declared',
  })
