import { connectorName } from '../hooks/usePageKeys.js'
import type { PageProps, View } from '../view.js'

export interface ConnectorPickerProps extends PageProps {
  readonly names: readonly string[]
  /** Empty where the URL has one that isn't there. */
  readonly chosen: string
}

/** Whose data is looked at. Another one's folders, snapshots and prefixes are others, so they don't go along. */
export function ConnectorPicker({ names, chosen, view, onView }: ConnectorPickerProps) {
  return (
    <select
      className="picker"
      aria-label="Connector"
      value={chosen}
      onChange={event => onView(viewOf(event.target.value, view))}
    >
      {chosen === '' && <option value="">{connectorName(view)}</option>}
      {names.map(name => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  )
}

function viewOf(connector: string, { page, name }: View): View {
  if (page === 'connectors' && name !== undefined) return { page, name: connector, params: {} }
  return { page, ...(page === 'reports' && name !== undefined && { name }), params: { connector } }
}
