import type { Context } from 'hono'
import { jsonText } from '../output/cells.js'

/** As a schema of the API has it, before it is written: whole numbers may be bigint, times Date. */
export type Answer<T> = T extends number
  ? number | bigint
  : T extends string
    ? T | Date
    : T extends readonly (infer Item)[]
      ? readonly Answer<Item>[]
      : T extends object
        ? { readonly [Key in keyof T]: Answer<T[Key]> }
        : T

/**
 * Writes an answer: whole numbers exactly, times with milliseconds and Z.
 *
 * ```ts
 * app.openapi(route, async c => answerJson<FolderPage>(c, await readFolders(…)) as never)
 * ```
 */
export const answerJson = <T>(c: Context, value: Answer<T>, status: 200 | 201 | 202 = 200): Response =>
  c.body(jsonText(value), status, { 'content-type': 'application/json; charset=utf-8' })
