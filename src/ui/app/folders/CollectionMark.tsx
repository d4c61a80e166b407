import { formatView } from '../view.js'

/** That a folder has a name, or several: leads to the collection. */
export function CollectionMark({ guids }: { readonly guids: readonly string[] }) {
  const [guid, ...others] = guids
  if (guid === undefined) return null
  const href = formatView({ page: 'collections', ...(others.length === 0 && { name: guid }), params: {} })
  return (
    <a href={href} className="folder-mark" tabIndex={-1}>
      {others.length === 0 ? 'collection' : `${guids.length} collections`}
    </a>
  )
}
