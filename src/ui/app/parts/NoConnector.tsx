import { formatView } from '../view.js'
import { Empty } from './states.js'

/** What a page that is about a connector shows where there is none. */
export function NoConnector() {
  return (
    <Empty>
      <p>
        <b>No connector yet.</b> A connector says which bucket is counted, and where its inventory reports are.
      </p>
      <p>
        <a href={formatView({ page: 'connectors', params: {} })}>Add a connector</a>
      </p>
    </Empty>
  )
}
