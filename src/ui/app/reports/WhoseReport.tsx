import type { CollectionList } from '../../../api/collections.js'
import { useApi } from '../hooks/useApi.js'
import { type PageProps, withParams } from '../view.js'

/** Whether a report is of a whole bucket, or of the files of one collection alone. */
export function WhoseReport({ view, onView }: PageProps) {
  const { data } = useApi<CollectionList>('/collections')
  const { collection = '' } = view.params
  const collections = data?.collections ?? []
  if (collections.length === 0 && collection === '') return null
  const isKnown = collection === '' || collections.some(each => each.collection === collection)
  return (
    <label className="whose">
      of
      <select
        value={collection}
        onChange={event => onView(withParams(view, { collection: event.target.value || undefined }))}
      >
        <option value="">everything</option>
        {!isKnown && <option>{collection}</option>}
        {collections.map(({ collection, name }) => (
          <option key={collection} value={collection}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}
