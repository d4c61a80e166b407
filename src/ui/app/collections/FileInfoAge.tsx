import type { FileInfoState } from '../../../api/collections.js'
import { TimeText } from '../parts/TimeText.js'

/** What looked at the files last: `from a listing` or `from an inventory report`. */
export const SOURCE_WORDS = { api: 'listed from S3', inventory: 'inventory report' } as const

/** When the files were last looked at, and by what. */
export function FileInfoAge({ info }: { readonly info: FileInfoState }) {
  const { source, updated_at, freshness, warning } = info
  if (source === null || updated_at === null)
    return (
      <span className="warn" title={warning ?? undefined}>
        never looked at
      </span>
    )
  const isOld = freshness === 'warn' || freshness === 'error'
  return (
    <span className={isOld ? freshness : undefined} title={warning ?? undefined}>
      <TimeText time={updated_at} isRelative /> · {SOURCE_WORDS[source]}
      {isOld && ' · stale'}
    </span>
  )
}
