import type { StreamStatus } from '../../../api/streams.js'
import { lastRecordText } from '../../../streams/streamTexts.js'
import { exactText } from '../parts/valueText.js'

/** How long ago the last record came, marked where that is too long. */
export function LastRecord({ stream }: { stream: Pick<StreamStatus, 'lag_ms' | 'is_late' | 'last_record_at'> }) {
  const { last_record_at, is_late } = stream
  return (
    <span className={is_late ? 'late' : undefined} title={exactText(last_record_at, 'time')}>
      {lastRecordText(stream)}
    </span>
  )
}
