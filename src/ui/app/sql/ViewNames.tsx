import type { UseQueryResult } from '@tanstack/react-query'
import type { ViewList } from '../../../api/results.js'
import { ErrorNote, Loading } from '../parts/states.js'

interface ViewNamesProps {
  readonly views: UseQueryResult<ViewList>
  /** Of a view or a column, as it stands in SQL. */
  readonly onPick: (name: string) => void
}

/** What can be asked: the views and their columns; a click puts the name into the statement. */
export function ViewNames({ views, onPick }: ViewNamesProps) {
  return (
    <section className="sql-views" aria-label="Views">
      <h2>Views</h2>
      {views.isPending && <Loading what="views" />}
      {views.isError && <ErrorNote error={views.error} retry={() => views.refetch()} what="No views" />}
      {views.data?.views.map(({ name, columns }) => (
        <details key={name}>
          <summary>
            <code>{name}</code>
          </summary>
          <ul>
            <li>
              <button type="button" className="plain code" onClick={() => onPick(name)}>
                {name}
              </button>
            </li>
            {columns.map(column => (
              <li key={column}>
                <button type="button" className="plain code" onClick={() => onPick(column)}>
                  {column}
                </button>
              </li>
            ))}
          </ul>
        </details>
      ))}
    </section>
  )
}
