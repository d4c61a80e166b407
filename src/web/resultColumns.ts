import type { z } from '@hono/zod-openapi'
import type { resultColumn } from '../api/results.js'
import type { ResultColumn } from '../engine/engine.js'
import { kindByName, titleByName } from '../output/columnKind.js'

export type ShownColumn = z.output<typeof resultColumn>

/** A column of a result as people see it: by its name, and its times as times. */
export const toShownColumn = (
  { name, type }: ResultColumn,
  titles: ReadonlyMap<string, string> = new Map(),
): ShownColumn => ({
  name,
  title: titles.get(name) ?? titleByName(name),
  kind: type.startsWith('TIMESTAMP') ? 'time' : isFigure(type) ? (kindByName(name) ?? 'text') : 'text',
  type,
})

/** Whether its values are numbers; a text may be called `path_count`, too. */
const isFigure = (type: string): boolean =>
  /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\([\d,]+\))$/.test(type)
