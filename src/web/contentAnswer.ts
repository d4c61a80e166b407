import type { Context } from 'hono'
import { jsonText } from '../output/cells.js'
import type { Answer } from './answer.js'
import { answerTagged, makeTag } from './etags.js'

/** Answers a GET under a tag of what it says, for what changes without the lake's version. */
export function answerByContent<T>(c: Context, value: Answer<T>): Promise<Response> {
  const text = jsonText(value)
  return answerTagged(c, makeTag(text), () => c.body(text, 200, { 'content-type': 'application/json; charset=utf-8' }))
}
