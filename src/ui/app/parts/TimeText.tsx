import { useNow } from '../hooks/useNow.js'
import { agoText, exactText, timeText } from './valueText.js'

export interface TimeTextProps {
  /** ISO 8601; null where there is none. */
  readonly time: string | null
  /** Shows how long ago or when it will be, and the time itself in the tooltip. */
  readonly isRelative?: boolean
  /** What stands where there is no time. */
  readonly none?: string
}

/** A moment in UTC, to the minute. */
export function TimeText({ time, isRelative = false, none = '' }: TimeTextProps) {
  const now = useNow()
  if (time === null) return <span className="soft">{none}</span>
  const ago = agoText(time, now)
  return (
    <time dateTime={time} title={isRelative ? exactText(time, 'time') : `${exactText(time, 'time')} · ${ago}`}>
      {isRelative ? ago : timeText(time)}
    </time>
  )
}
