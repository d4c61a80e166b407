import { type Computed, type Sample, sample, samplesOf, seconds } from './gauges.js'
import { JOB_TYPES } from './job.js'
import type { ChainFacts, ConnectorFacts, LakeFacts } from './lakeFacts.js'

/** A metric that the lake has the value of. */
export type LakeGauge = Computed<LakeFacts>

/** A metric of `reconcile`, by the name that the lake has for it. */
const ofRun = (name: string, help: string, labels: readonly 'dataset'[] = []): LakeGauge => ({
  name: `reconciliation_${name}`,
  help,
  labels: [...labels],
  samples: ({ metrics }) =>
    metrics
      .filter(({ metric }) => metric === `reconciliation_${name}`)
      .map(({ dataset, value }) => sample(value, labels.length > 0 ? { dataset: dataset ?? '' } : {})),
})

/** A metric of each connector's newest snapshot. */
const ofConnector = (
  name: string,
  help: string,
  value: (facts: ConnectorFacts) => number | Date | null,
): LakeGauge => ({
  name: `stocktake_snapshot_${name}`,
  help,
  labels: ['connector'],
  samples: ({ connectors }) => connectors.flatMap(facts => samplesOf(value(facts), { connector: facts.connector })),
})

/** As {@link ofConnector}, of a snapshot of the whole bucket: what a sample counts is no number of the bucket. */
const ofWhole = (name: string, help: string, value: (facts: ConnectorFacts) => number | null): LakeGauge =>
  ofConnector(name, help, facts => (facts.sample_rate === null ? value(facts) : null))

/** As {@link ofConnector}, with a value for each of several things. */
const ofConnectorBy = (
  name: string,
  help: string,
  label: string,
  values: (facts: ConnectorFacts) => Readonly<Record<string, number | null>>,
): LakeGauge => ({
  name: `stocktake_snapshot_${name}`,
  help,
  labels: ['connector', label],
  samples: ({ connectors }) =>
    connectors.flatMap(facts =>
      Object.entries(values(facts)).flatMap(([kind, value]) =>
        samplesOf(value, { connector: facts.connector, [label]: kind }),
      ),
    ),
})

const ofChain = (name: string, help: string, value: (facts: ChainFacts) => number | Date | null): LakeGauge => ({
  name: `stocktake_chain_${name}`,
  help,
  labels: ['chain', 'type', 'connector'],
  samples: ({ chains }) =>
    chains.flatMap(facts =>
      samplesOf(value(facts), { chain: facts.chain, type: facts.type, connector: facts.connector ?? '' }),
    ),
})

const inSeconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000)

const changesOf = (facts: ConnectorFacts): Readonly<Record<string, number | null>> => {
  if (facts.sample_rate !== null) return {}
  const { new_count, modified_count, touched_count, deleted_count } = facts
  return { new: new_count, modified: modified_count, touched: touched_count, deleted: deleted_count }
}

/** Every metric that is computed from the lake; what isn't known has no sample. */
export const LAKE_GAUGES: readonly LakeGauge[] = [
  {
    name: 'stocktake_facts_timestamp_seconds',
    help: 'When the lake was read for these metrics',
    labels: [],
    samples: ({ at }) => [sample(seconds(at))],
  },

  ofRun('last_run', 'When the newest reconciliation began, seconds since 1970'),
  ofRun('total_gaps', 'Open gaps after the newest reconciliation'),
  ofRun('critical_gaps', 'Open gaps of priority critical after the newest reconciliation'),
  ofRun('task_queue_size', 'Tasks that were queued or running after the newest reconciliation'),
  ofRun('coverage', 'Share of what should be there that the newest reconciliation found, 0 to 1', ['dataset']),
  ofRun('success_rate', 'Share of the tasks that ended before the newest reconciliation whose gaps are gone, 0 to 1'),
  {
    name: 'stocktake_open_gaps',
    help: 'Open gaps as the lake has them now',
    labels: ['priority'],
    samples: ({ gaps }) => Object.entries(gaps ?? {}).map(([priority, value]) => sample(value, { priority })),
  },

  ofConnector('taken_timestamp_seconds', 'When the newest snapshot was taken', facts => facts.taken_at),
  ofConnector('imported_timestamp_seconds', 'When the newest snapshot was imported', facts => facts.imported_at),
  ofConnector('warn_age_seconds', 'Age of the newest snapshot from which on it is stale', facts =>
    inSeconds(facts.warn_after_ms),
  ),
  ofConnector('error_age_seconds', 'Age of the newest snapshot from which on it is too old', facts =>
    inSeconds(facts.error_after_ms),
  ),
  ofConnector('sample_ratio', 'Share of the keys that the newest snapshot listed; 1 for a whole one', facts =>
    facts.snapshot === null ? null : (facts.sample_rate ?? 1),
  ),
  ofWhole('objects', 'Current objects in the newest whole snapshot', facts => facts.object_count),
  ofWhole('size_bytes', 'Bytes of current objects in the newest whole snapshot', facts => facts.total_size_bytes),
  ofWhole('noncurrent_objects', 'Old versions in the newest whole snapshot', facts => facts.noncurrent_object_count),
  ofWhole(
    'noncurrent_size_bytes',
    'Bytes of old versions in the newest whole snapshot',
    facts => facts.noncurrent_size_bytes,
  ),
  ofConnectorBy(
    'changed_objects',
    'Keys of the newest whole snapshot that differ from the one before',
    'change',
    changesOf,
  ),
  ofConnector('rows', 'Rows of the newest snapshot that were accepted', facts => facts.row_count),
  ofConnector('rejected_rows', 'Malformed rows that the newest snapshot left out', facts => facts.rejected_row_count),
  ofConnectorBy('requests', 'Requests to S3 that the newest snapshot took', 'operation', facts => ({
    list: facts.list_requests,
    get: facts.get_requests,
  })),
  ofConnector(
    'request_cost_usd',
    'What these requests cost, by the prices of the configuration',
    facts => facts.request_cost_usd,
  ),
  ofConnector(
    'listing_cost_usd',
    'What listing the bucket would have cost instead, by these prices',
    facts => facts.listing_cost_usd,
  ),
  ofConnector('read_bytes', 'Bytes that the newest snapshot read', facts => facts.bytes_read),
  ofConnector('duration_seconds', 'How long the newest snapshot took to make', facts => inSeconds(facts.duration_ms)),
  ofConnector(
    'peak_memory_bytes',
    'Greatest resident size of the process that made the newest snapshot',
    facts => facts.peak_memory_bytes,
  ),
  {
    name: 'stocktake_snapshots',
    help: 'Snapshots that the lake has, of samples and prefixes, too',
    labels: ['connector'],
    samples: ({ connectors }) =>
      connectors.map(({ connector, snapshot_count }) => sample(snapshot_count, { connector })),
  },

  {
    name: 'stocktake_jobs',
    help: 'Jobs that have not ended',
    labels: ['type', 'state'],
    samples: ({ jobs }) =>
      JOB_TYPES.flatMap(type =>
        ['scheduled', 'queued', 'running'].map(state =>
          sample(jobs.open.find(each => each.type === type && each.state === state)?.count ?? 0, { type, state }),
        ),
      ),
  },
  {
    name: 'stocktake_job_running_since_timestamp_seconds',
    help: 'When the job was begun that runs the longest',
    labels: ['type', 'connector'],
    samples: ({ jobs }) => earliestRunning(jobs.running),
  },
  {
    name: 'stocktake_job_waiting_since_timestamp_seconds',
    help: 'Since when the job may begin that waits the longest; later than now where it is scheduled',
    labels: ['type'],
    samples: ({ jobs }) => jobs.waiting.map(({ type, since }) => sample(seconds(since), { type })),
  },

  ofChain('enabled', 'Whether the chain goes on: 1 or 0', ({ is_enabled }) => (is_enabled ? 1 : 0)),
  ofChain('interval_seconds', 'Between the end of a job of the chain and the next one', facts =>
    inSeconds(facts.interval_ms),
  ),
  ofChain('next_due_timestamp_seconds', 'When the next job of the chain is due', facts => facts.due),
  ofChain('last_end_timestamp_seconds', 'When the last job of the chain ended', facts => facts.last_ended_at),
  ofChain('last_success_timestamp_seconds', 'When a job of the chain last succeeded', facts => facts.last_success_at),
  ofChain('failures', 'Jobs of the chain that failed in a row, up to now', facts => facts.failures),
  {
    name: 'stocktake_reconcile_failures',
    help: 'Reconciliations in a row that could not look at the bucket of the connector, where there are any',
    labels: ['connector'],
    samples: ({ failing }) =>
      failing.flatMap(({ type, connector, failures }) =>
        type === 'reconcile' && connector !== null ? [sample(failures, { connector })] : [],
      ),
  },
]

function earliestRunning(running: LakeFacts['jobs']['running']): Sample[] {
  const earliest = new Map<string, Sample>()
  for (const { type, connector, started_at } of running) {
    const key = JSON.stringify([type, connector])
    const value = seconds(started_at)
    if (value < (earliest.get(key)?.value ?? Number.POSITIVE_INFINITY))
      earliest.set(key, sample(value, { type, connector: connector ?? '' }))
  }
  return [...earliest.values()]
}
