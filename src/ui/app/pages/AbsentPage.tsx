import { Empty } from '../parts/states.js'
import { valueText } from '../parts/valueText.js'
import { formatView, type PageProps } from '../view.js'

/** What a URL shows that no page has. */
export default function AbsentPage({ view }: PageProps) {
  return (
    <Empty>
      <h1>No such page</h1>
      <p>
        There is nothing at <bdi className="mono">/{valueText(view.name ?? '')}</bdi>.
      </p>
      <p>
        <a href={formatView({ page: 'overview', params: {} })}>To the overview</a>
      </p>
    </Empty>
  )
}
