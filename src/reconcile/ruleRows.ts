import { formatCount, formatDuration, formatShare } from '../output/quantities.js'
import type { GapKind, PriorityRule } from './expectations.js'

/** Rules as rows of the relation `rules`: one for each of a rule's kinds and datasets. Places are counted from 1. */
export const ruleRows = (rules: readonly PriorityRule[]) =>
  rules.flatMap((rule, i) =>
    (rule.kinds ?? [undefined]).flatMap(kind =>
      (rule.datasets ?? [undefined]).map(dataset => ({
        place: i + 1,
        priority: rule.priority,
        kind,
        dataset,
        weight: rule.weight,
        older_than_ms: rule.olderThanMs,
        newer_than_ms: rule.newerThanMs,
        missing_share: rule.missingShare,
        words: formatRule(rule),
      })),
    ),
  )

/**
 * Why a rule holds, to follow "critical as": `weight is 8 or more and it is older than 1 day`. The kinds are told where
 * there is nothing else to tell.
 */
export function formatRule(rule: PriorityRule): string {
  const { weight, olderThanMs, newerThanMs, missingShare, datasets, kinds } = rule
  const words = [
    weight === undefined ? [] : `weight is ${formatCount(weight)} or more`,
    olderThanMs === undefined ? [] : `it is older than ${formatAge(olderThanMs)}`,
    newerThanMs === undefined ? [] : `it is newer than ${formatAge(newerThanMs)}`,
    missingShare === undefined ? [] : `${formatShare(missingShare)} or more of the dataset is missing`,
  ].flat()
  if (words.length > 0) return words.join(' and ')
  if (kinds) return `it is ${formatOr(kinds.map(kind => KIND_WORDS[kind]))}`
  return datasets ? `it is of ${formatOr(datasets)}` : 'everything else is'
}

const KIND_WORDS: Readonly<Record<GapKind, string>> = {
  missing: 'missing',
  incomplete: 'incomplete',
  too_small: 'too small',
  too_large: 'too large',
  stale: 'stale',
  zero_byte: 'empty',
  unexpected: 'unexpected',
  wrong_class: 'in a wrong class',
  companion_missing: 'a companion that is missing',
}

const DAY_MS = 86_400_000

const formatAge = (ms: number): string =>
  ms > 0 && ms % DAY_MS === 0 ? `${ms / DAY_MS} ${ms === DAY_MS ? 'day' : 'days'}` : formatDuration(ms)

/** `a`, `a or b`, `a, b or c`. */
export const formatOr = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
