import { type Stream, toStream } from '../../../src/config/stream.js'
import { streamSchema } from '../../../src/config/streamSchema.js'

/** A stream as stocktake.yaml would have it. */
export const parseStream = (name: string, settings: Readonly<Record<string, unknown>>): Stream =>
  toStream(name, streamSchema.parse(settings))
