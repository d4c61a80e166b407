import { FindingsError, StocktakeError } from '../errors.js'
import { formatBytes, formatCount, formatShare, withSign } from '../output/quantities.js'
import type { AskedPair } from '../snapshot/askedPair.js'
import type { ChangeTotals } from '../snapshot/changeListing.js'
import { type FailOn, isMet } from '../snapshot/failOn.js'
import type { ComparedColumn } from '../snapshot/knownColumns.js'
import { countBefore } from '../snapshot/pairChanges.js'

/** What conditions of `diff` may be about. */
export type ChangeSubject = 'new' | 'modified' | 'deleted' | 'touched' | 'size'

/** Any of the columns is enough. */
const NEEDS: Partial<Record<ChangeSubject, readonly ComparedColumn[]>> = {
  size: ['size'],
  modified: ['size', 'e_tag'],
  touched: ['last_modified_date', 'storage_class'],
}

/**
 * @param lacking the columns that one of the snapshots has no values of
 * @throws {FindingsError} where one of the conditions is met
 * @throws {StocktakeError} where one can't be told
 */
export async function requireNoFindings(
  conditions: readonly FailOn<ChangeSubject>[],
  totals: ChangeTotals,
  { pair, countObjects }: AskedPair,
  lacking: readonly ComparedColumn[],
): Promise<void> {
  if (conditions.length === 0) return
  const subject = `${pair.to.connector} ${pair.fromName} → ${pair.to.snapshot}`
  requireSeen(subject, conditions, NEEDS, lacking)
  const before = conditions.some(({ limit }) => limit.kind === 'percentage')
    ? await countBefore(pair, countObjects)
    : { object_count: 0n, total_size_bytes: 0n }
  const values: Readonly<Record<ChangeSubject, bigint>> = {
    new: totals.new_count,
    modified: totals.modified_count,
    deleted: totals.deleted_count,
    touched: totals.touched_count,
    size: totals.new_size_bytes + totals.modified_size_change - totals.deleted_size_bytes,
  }
  requireNoneMet(subject, conditions, values, name => (name === 'size' ? before.total_size_bytes : before.object_count))
}

/**
 * A condition on what nobody could see would be met by nothing.
 * @param needs for each name the columns of which one is needed
 * @throws {StocktakeError} for the first condition that can't be told
 */
export function requireSeen<Name extends string>(
  subject: string,
  conditions: readonly FailOn<Name>[],
  needs: Readonly<Partial<Record<Name, readonly ComparedColumn[]>>>,
  lacking: readonly ComparedColumn[],
): void {
  for (const { name, text } of conditions)
    if (needs[name]?.every(column => lacking.includes(column)))
      throw new StocktakeError({
        subject,
        got: `--fail-on ${text} can't be told without ${needs[name].map(column => WORDS[column]).join(' or ')}`,
      })
}

const WORDS: Readonly<Record<ComparedColumn, string>> = {
  size: 'sizes',
  e_tag: 'ETags',
  last_modified_date: 'dates',
  storage_class: 'storage classes',
}

/** @param beforeOf what percentages of a subject are of @throws {FindingsError} where one of the conditions is met */
export function requireNoneMet<Name extends string>(
  subject: string,
  conditions: readonly FailOn<Name>[],
  values: Readonly<Record<Name, bigint>>,
  beforeOf: (name: Name) => bigint,
): void {
  const met = conditions.filter(each => isMet(each, values[each.name], beforeOf(each.name)))
  if (met.length === 0) return
  const texts = met.map(each => `${each.text} (${valueText(each, values[each.name], beforeOf(each.name))})`)
  throw new FindingsError({ subject, got: `--fail-on ${texts.join(', ')}` })
}

function valueText({ name, limit }: FailOn, value: bigint, before: bigint): string {
  const words = name.replaceAll('_', ' ')
  const amount = name === 'size' ? withSign(value, formatBytes) : `${formatCount(value)} ${words}`
  if (limit.kind === 'amount' || before === 0n) return amount
  return `${amount}, ${value < 0n ? '-' : ''}${formatShare(Math.abs(Number(value)) / Number(before))}`
}
