import { JobDetails } from '../jobs/JobDetails.js'
import { JobList } from '../jobs/JobList.js'
import '../jobs/jobs.css'
import type { PageProps } from '../view.js'

/** `/jobs`, and `/jobs/<id>` for one of them. */
export default function JobsPage(props: PageProps) {
  return props.view.name === undefined ? <JobList {...props} /> : <JobDetails jobId={props.view.name} />
}
