import { useEffect, useRef } from 'react'
import { formatCount } from '../../../output/quantities.js'
import { useOverview } from '../hooks/useOverview.js'
import { connectorOf } from '../hooks/usePageKeys.js'
import { formatView, PAGE_NAMES, type PageName, type View } from '../view.js'

export const PAGE_TITLES: Readonly<Record<PageName, string>> = {
  overview: 'Overview',
  folders: 'Folders',
  changes: 'Changes',
  gaps: 'Gaps',
  collections: 'Collections',
  reports: 'Reports',
  sql: 'SQL',
  streams: 'Streams',
  jobs: 'Jobs',
  connectors: 'Connectors',
  absent: 'No such page',
}

/** The pages, with how many gaps, collections and running jobs there are. */
export function Nav({ view }: { view: View }) {
  const { data } = useOverview()
  const bar = useRef<HTMLElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page is another link, and counts make links wider
  useEffect(() => {
    bar.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [view.page, data])
  const gaps = data?.gaps
  const counts: Partial<Record<PageName, number>> = {
    gaps: gaps ? gaps.critical + gaps.high + gaps.medium + gaps.low : 0,
    collections: data?.collection_count ?? 0,
    jobs: data ? data.jobs.running + data.jobs.waiting : 0,
  }
  return (
    <nav className="nav" aria-label="Pages" ref={bar}>
      {PAGE_NAMES.map(page => (
        <a
          key={page}
          href={formatView({ page, params: connectorOf(view) })}
          aria-current={page === view.page ? 'page' : undefined}
        >
          {PAGE_TITLES[page]}
          {!!counts[page] && (
            <span className={page === 'gaps' && gaps?.critical ? 'count urgent' : 'count'}>
              {formatCount(counts[page])}
            </span>
          )}
        </a>
      ))}
    </nav>
  )
}
