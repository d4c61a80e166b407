import { z } from 'zod'
import { StocktakeError } from '../errors.js'
import { parseBytes, parseDuration, parsePercent } from '../output/quantities.js'

// What files that people write are made of. A schema's message says what was expected; the issue's line adds the rest.
// A key without a value is an absent one: `connectors:` with every connector commented out is no mistake.

export const text = (expected = 'text') => z.string(expected).min(1, expected)
/** Text in which every character can be seen. */
export const visible = (schema: z.ZodString, expected = 'text without control characters') =>
  schema.refine(value => !/[\p{Cc}\p{Cs}]/u.test(value), expected)
export const flag = () => z.boolean('true or false')
export const choice = <const T extends readonly string[]>(values: T) => z.enum(values, `one of ${values.join(', ')}`)
export const whole = (least = 0, most = Number.MAX_SAFE_INTEGER) => {
  const expected = `a whole number ${most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`}`
  return z.number(expected).int(expected).min(least, expected).max(most, expected)
}
export const matching = (pattern: RegExp, expected: string) => z.string(expected).regex(pattern, expected)
export const mapping = <T extends z.ZodRawShape>(shape: T) => z.strictObject(shape, 'a mapping of keys')
export const mappingOf = <T extends z.ZodType>(values: T) => z.record(z.string(), values, 'a mapping of names')

/** The schema, or its default for a key that is absent or empty; editors are shown the default. */
export const or = <T extends z.ZodType>(schema: T, fallback: Exclude<z.input<T>, undefined>) =>
  schema
    .nullish()
    .meta({ default: fallback })
    .transform((value): z.output<T> => value ?? schema.parse(fallback))

export const orNone = <T extends z.ZodType>(schema: T) => schema.nullish().transform(value => value ?? undefined)

/** A quantity written as text: the parser's own error says what was expected. */
export const quantity = <T>(expected: string, parse: (text: string) => T) =>
  z.string(expected).transform((value, context) => {
    try {
      return parse(value)
    } catch (error) {
      if (!(error instanceof StocktakeError)) throw error
      context.addIssue({ code: 'custom', message: error.facts.expected ?? expected, input: value })
      return z.NEVER
    }
  })

/** Bytes. */
export const size = () => quantity('a size such as 450MB or 2GiB', parseBytes)
/** Milliseconds. */
export const duration = () => quantity('a duration such as 36h or 2d', parseDuration)
/** A fraction from 0 to 1. */
export const percent = () => quantity('a percentage from 0% to 100%, such as 0.1%', parsePercent)

/**
 * The JSON schema of what a file may have, for editors.
 * @param facts of the file: its name, and what it is
 */
export function formatJsonSchema(
  schema: z.ZodType,
  facts: { readonly title: string; readonly description: string },
): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', override: showDefault })
  const json = JSON.stringify({ $schema, ...facts, ...rest }, null, 2)
  return `${json.replace(TEXTS, joinShort)}\n`
}

const TEXTS = /^( *(?:"[^"]*": )?)\[\s+("[^"]*"(?:,\s+"[^"]*")*)\s+\](?=(,?)$)/gm

/** A list of texts stays on its line where it is short enough, as the formatter of the file has it. */
function joinShort(lines: string, start: string, list: string, comma: string): string {
  const line = `${start}[${list.replace(/\s+/g, ' ')}]`
  return line.length + comma.length <= 120 ? line : lines
}

/** zod leaves out the defaults of what it transforms, because it doesn't know that ours are inputs. */
function showDefault({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodTypes
  jsonSchema: z.core.JSONSchema.BaseSchema
}) {
  const fallback = z.globalRegistry.get(zodSchema)?.default
  if (fallback !== undefined) jsonSchema.default = fallback
}
