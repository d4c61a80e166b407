import { ConnectorList } from '../connectors/ConnectorList.js'
import { ConnectorView } from '../connectors/ConnectorView.js'
import '../connectors/connectors.css'
import type { PageProps } from '../view.js'

/** `/connectors`, and `/connectors/<name>` for one of them. */
export default function ConnectorsPage(props: PageProps) {
  const { name } = props.view
  return name === undefined ? <ConnectorList {...props} /> : <ConnectorView key={name} {...props} name={name} />
}
