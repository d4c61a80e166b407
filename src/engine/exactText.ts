import { createRequire } from 'node:module'

// DuckDB's client decodes texts with a TextDecoder that takes a U+FEFF at the start for a byte order mark and drops it:
// a key that begins with one would become another key. Its decoder is replaced by one that keeps every character.
const accessors: { textDecoder: unknown } = createRequire(import.meta.url)(
  '@duckdb/node-api/lib/vectors/dataAccessors.js',
)
accessors.textDecoder = new TextDecoder('utf-8', { ignoreBOM: true })
