import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { StocktakeError } from '../errors.js'
import { parseJson } from './parseJson.js'

/** A document that isn't what it should be, or is of a later Stocktake. */
export class DocumentFormatError extends StocktakeError {}

const FORMAT_VERSION = 1

/** `commit` is random: by it a writer whose answer was lost knows its own number again. */
const envelope = z.object({ format_version: z.int().positive(), commit: z.uuid(), value: z.unknown() })

/** A document's bytes, which no other writing of the same value has. */
export function formatDocument(value: unknown): Uint8Array {
  const document = { format_version: FORMAT_VERSION, commit: randomUUID(), value }
  return new TextEncoder().encode(`${JSON.stringify(document, null, 2)}\n`)
}

/**
 * What {@link formatDocument} was given, as the schema makes it.
 * @param subject whose bytes they are, for errors
 * @throws {DocumentFormatError}
 */
export function parseDocument<T>(bytes: Uint8Array, schema: z.ZodType<T>, subject: string): T {
  const found = envelope.safeParse(parseJson(new TextDecoder().decode(bytes)))
  if (!found.success) throw formatError(subject, found.error)
  if (found.data.format_version > FORMAT_VERSION)
    throw new DocumentFormatError({
      subject,
      expected: `format version ${FORMAT_VERSION} at most`,
      got: String(found.data.format_version),
      fix: 'a later Stocktake wrote it: install that one',
    })
  const value = schema.safeParse(found.data.value)
  if (!value.success) throw formatError(subject, value.error)
  return value.data
}

function formatError(subject: string, cause: z.ZodError): DocumentFormatError {
  const { path, message } = cause.issues[0] ?? { path: [], message: 'something else' }
  const got = [path.join('.'), message].filter(part => part !== '').join(': ')
  return new DocumentFormatError({ subject, expected: 'a document that Stocktake wrote', got, cause })
}
