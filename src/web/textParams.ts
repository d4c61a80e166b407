import { UsageError } from '../errors.js'

/** The engine's texts end at a NUL, which no key has. @throws {UsageError} */
export function requireNoNul(name: string, text: string | undefined): void {
  if (text?.includes('\0'))
    throw new UsageError({ subject: name, expected: 'text without NUL', got: JSON.stringify(text) })
}
