import { CollectionTable } from '../collections/CollectionTable.js'
import { OneCollection } from '../collections/OneCollection.js'
import '../collections/collections.css'
import type { PageProps } from '../view.js'

/** `/collections`, and `/collections/<guid>` for one of them. */
export default function CollectionsPage({ view, onView }: PageProps) {
  return view.name === undefined ? (
    <CollectionTable view={view} onView={onView} />
  ) : (
    <OneCollection key={view.name} guid={view.name} view={view} onView={onView} />
  )
}
