import type { StreamStatus } from '../../../api/streams.js'
import { stateText } from '../../../streams/streamTexts.js'

/** What becomes of a stream's ingest, with a mark of its own for those who see no colours. */
export function StreamState({ stream }: { stream: Pick<StreamStatus, 'state' | 'source' | 'connected_at'> }) {
  const text = stateText(stream)
  return <span className={`job-state ${MARKS[text] ?? ''}`}>{text}</span>
}

/** As jobs have them. */
const MARKS: Readonly<Record<string, string>> = { running: 'succeeded', 'not connected': 'failed', died: 'failed' }
