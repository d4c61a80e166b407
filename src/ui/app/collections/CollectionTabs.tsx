import { formatView, type PageProps, withParams } from '../view.js'

/** What is shown of a collection: its files, or a report on them. */
export const PARTS = ['files', 'photo-stats', 'photo-pairing'] as const
export type CollectionPart = (typeof PARTS)[number]

const WORDS: Readonly<Record<CollectionPart, string>> = {
  files: 'Files',
  'photo-stats': 'Photo stats',
  'photo-pairing': 'Photo pairing',
}

export const shownPart = ({ params }: PageProps['view']): CollectionPart =>
  PARTS.find(part => part === params.show) ?? 'files'

/** The parts of a collection, as links. */
export function CollectionTabs({ view }: Pick<PageProps, 'view'>) {
  const shown = shownPart(view)
  return (
    <nav className="collection-tabs" aria-label="Parts of the collection">
      {PARTS.map(part => (
        <a
          key={part}
          href={formatView(withParams(view, { show: part === 'files' ? undefined : part, search: undefined }))}
          aria-current={part === shown ? 'page' : undefined}
        >
          {WORDS[part]}
        </a>
      ))}
    </nav>
  )
}
