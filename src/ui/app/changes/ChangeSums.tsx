import type { ChangeSummary } from '../../../api/changes.js'
import { formatBytes, formatCount, withSign } from '../../../output/quantities.js'
import { Freshness } from '../parts/states.js'

interface Sum {
  readonly kind: string
  readonly sign: string
  readonly count: number
  /** Bytes; NULL where they aren't known, undefined where there are none to tell. */
  readonly size?: number | null
}

/** The delta in a few figures. */
export function ChangeSums({ summary }: { readonly summary: ChangeSummary }) {
  const { totals, notices, from, to } = summary
  const sums: readonly Sum[] = [
    { kind: 'new', sign: '+', count: totals.new_count, size: totals.new_size_bytes },
    { kind: 'modified', sign: '~', count: totals.modified_count, size: totals.modified_size_change },
    { kind: 'deleted', sign: '-', count: totals.deleted_count, size: negated(totals.deleted_size_bytes) },
    { kind: 'touched', sign: '', count: totals.touched_count },
  ]
  return (
    <section aria-label="Summary">
      <p className="small">
        <span className="soft" title={`${from} → ${to.snapshot}`}>
          {snapshotText(from)} →
        </span>{' '}
        <Freshness snapshot={to} />
      </p>
      <dl className="change-sums">
        {sums.map(sum => (
          <div key={sum.kind}>
            <dt>{sum.kind}</dt>
            <dd className={`change ${sum.kind}`}>
              <b>
                {sum.count > 0 && sum.sign}
                {formatCount(sum.count)}
              </b>
              {sum.count > 0 && sum.size !== undefined && <span className="soft"> {sizeText(sum.size)}</span>}
            </dd>
          </div>
        ))}
      </dl>
      {totals.touched_count > 0 && (
        <p className="soft small">Touched: the same content, with another date or storage class.</p>
      )}
      {notices.map(notice => (
        <p key={notice} className="warn">
          {notice}
        </p>
      ))}
    </section>
  )
}

/** `2026-01-20 01:00` of `2026-01-20T01-00Z`, and of a scan's `2026-01-20T10-31-07Z` its minute. */
const snapshotText = (name: string): string => name.replace(/^(\S{10})T(\d\d)-(\d\d)(-\d\d)?Z$/, '$1 $2:$3')

const negated = (size: number | null): number | null => (size === null ? null : size === 0 ? 0 : -size)

const sizeText = (size: number | null): string => (size === null ? 'bytes unknown' : withSign(size, formatBytes))
