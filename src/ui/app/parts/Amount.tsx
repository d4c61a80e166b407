import type { Kind } from '../../../output/cells.js'
import { exactText, valueText } from './valueText.js'

export interface AmountProps {
  readonly value: number | null
  readonly kind: Kind
  /** Shows the sign of a difference, and whether it grew or shrank by colour. */
  readonly isChange?: boolean
  /** What stands where there is no value. */
  readonly none?: string
}

/** A quantity, with its exact value in the tooltip. */
export function Amount({ value, kind, isChange = false, none = '–' }: AmountProps) {
  if (value === null) return <span className="soft">{none}</span>
  const sign = isChange && value > 0 ? '+' : ''
  const tone = !isChange || value === 0 ? undefined : value > 0 ? 'more' : 'less'
  return (
    <span className={tone ? `num ${tone}` : 'num'} title={exactText(value, kind)}>
      {sign}
      {valueText(value, kind)}
    </span>
  )
}
