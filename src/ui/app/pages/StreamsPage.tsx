import { StreamDetails } from '../streams/StreamDetails.js'
import { StreamTable } from '../streams/StreamTable.js'
import '../jobs/jobs.css'
import '../streams/streams.css'
import type { PageProps } from '../view.js'

/** `/streams`, and `/streams/<name>` for one of them. */
export default function StreamsPage(props: PageProps) {
  return props.view.name === undefined ? <StreamTable {...props} /> : <StreamDetails name={props.view.name} />
}
