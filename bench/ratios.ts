import { z } from 'zod'
import { UsageError } from '../src/errors.js'
import type { Standing } from './contest.js'

/**
 * How a ratio of ours to a peer's was when it was kept. Ratios, and not seconds, are of the program and little of the machine;
 * those of processor time are little of what else it does, too.
 */
const keptRatio = z.strictObject({
  what: z.string(),
  beside: z.string(),
  of: z.enum(['cpuMs', 'wallMs']),
  ratio: z.number().positive(),
  /** How many times the ratio is too much. */
  tolerance: z.number().min(1),
})

export type KeptRatio = z.infer<typeof keptRatio>

/** @param text of ratios.json @throws {UsageError} */
export function parseRatios(text: string, file: string): KeptRatio[] {
  const parsed = z.array(keptRatio).safeParse(JSON.parse(text))
  if (parsed.success) return parsed.data
  throw new UsageError({ subject: file, expected: 'ratios', got: z.prettifyError(parsed.error), cause: parsed.error })
}

/** A ratio as it is beside what it was. */
export interface ComparedRatio extends KeptRatio {
  /** `undefined` where it wasn't measured. */
  readonly now: number | undefined
  readonly isWorse: boolean
}

/** Each kept ratio, in their order; one that wasn't measured is no worse. */
export function compareRatios(kept: readonly KeptRatio[], standings: readonly Standing[]): ComparedRatio[] {
  return kept.map(each => {
    const now = standings.find(({ what, by }) => what === each.what && by === each.beside)?.ratio?.[each.of]
    return { ...each, now, isWorse: now !== undefined && now > each.ratio * each.tolerance }
  })
}

/** The kept ratios with those of now in their places, and those that are new, with a tolerance that fits their kind. */
export function keepRatios(kept: readonly KeptRatio[], standings: readonly Standing[]): KeptRatio[] {
  const measured = standings.flatMap(({ what, by: beside, ratio, cpuMs }) => {
    if (ratio === undefined) return []
    const before = kept.find(each => each.what === what && each.beside === beside)
    const of = before?.of ?? (cpuMs > 0 ? 'cpuMs' : 'wallMs')
    const tolerance = before?.tolerance ?? (of === 'cpuMs' ? 1.35 : 1.6)
    return [{ what, beside, of, ratio: Number(ratio[of].toFixed(2)), tolerance }]
  })
  const isMeasured = (each: KeptRatio) =>
    measured.some(({ what, beside }) => what === each.what && beside === each.beside)
  return [...measured, ...kept.filter(each => !isMeasured(each))]
}
