import { formatCount } from '../../../output/quantities.js'

export interface ChangeMarkProps {
  readonly newCount: number | null
  readonly modifiedCount: number | null
  readonly deletedCount: number | null
  /** Says the words, too: `+2,311 new`. */
  readonly isLong?: boolean
  /** What stands where nothing has changed. */
  readonly none?: string
}

/** How many are new, modified and deleted: `+2,311 ~402 -727`; those that are none are left out. */
export function ChangeMark({ newCount, modifiedCount, deletedCount, isLong = false, none = '' }: ChangeMarkProps) {
  const all = [
    { sign: '+', word: 'new', count: newCount ?? 0 },
    { sign: '~', word: 'modified', count: modifiedCount ?? 0 },
    { sign: '-', word: 'deleted', count: deletedCount ?? 0 },
  ]
  const marks = all.filter(({ count }) => count > 0)
  if (marks.length === 0) return <span className="soft">{none}</span>
  return (
    <span className="changes">
      {marks.map(({ sign, word, count }) => (
        <span key={word} className={`change ${word}`} title={`${formatCount(count)} ${word}`}>
          {sign}
          {formatCount(count)}
          <span className={isLong ? undefined : 'unseen'}> {word}</span>
        </span>
      ))}
    </span>
  )
}
