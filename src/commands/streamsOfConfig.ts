import type { Stream } from '../config/stream.js'
import { NotFoundError } from '../errors.js'
import { formatSuggestion } from '../output/suggestion.js'
import type { Context } from './globals.js'

/** The stream of that name. @throws {NotFoundError} with a suggestion */
export function chooseStream(name: string, { config }: Pick<Context, 'config'>): Stream {
  const found = config.streams.find(stream => stream.name === name)
  if (found) return found
  const names = config.streams.map(stream => stream.name)
  throw new NotFoundError({
    subject: `stream ${name}`,
    expected: names.length === 0 ? 'one that stocktake.yaml declares' : `one of ${names.join(', ')}`,
    got: 'no such stream',
    fix: formatSuggestion(name, names) ?? 'declare it below streams: in stocktake.yaml',
  })
}
