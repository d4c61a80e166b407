import type { InventoryConfiguration } from '@aws-sdk/client-s3'
import type { ObjectStore } from '../lake/objectStore.js'
import { findBucketPolicy, listInventoryConfigurations } from '../lake/s3BucketSettings.js'
import type { Check } from '../snapshot/connectorChecks.js'
import type { SetupBuckets } from './applySetup.js'
import { bucketArn } from './arn.js'
import { attempt, explainDenied } from './attempt.js'
import { judgeDelivery } from './deliveryVerdict.js'
import { type DeliveredConnector, deliversTo, deliveryUrl, NEEDED_FIELDS, placeUrl } from './inventoryConfiguration.js'
import { type InventoryState, readInventoryState } from './inventoryState.js'
import { checkNewestReport } from './reportCheck.js'

export interface VerifyOptions {
  readonly delivered: DeliveredConnector
  readonly partition: string
  /** Of the source's owner; `undefined` where it isn't known. */
  readonly account: string | undefined
}

export interface VerifyEffects extends SetupBuckets {
  readonly reports: ObjectStore
  readonly now: () => Date
}

/** Looks at what S3 has been told, whether it may deliver, and whether it has delivered. */
export async function* verifySetup(options: VerifyOptions, effects: VerifyEffects): AsyncGenerator<Check> {
  const { delivered } = options
  const { connector, place } = delivered
  const denied = (error: Parameters<typeof explainDenied>[0]) => explainAsOwner(explainDenied(error, connector))
  let state: InventoryState = { kind: 'unknown', reason: 'it could not be read' }
  yield await attempt(
    'configuration',
    async () => {
      state = await readInventoryState(effects.source, place.configName)
      return judgeConfiguration(delivered, state, await otherIds(effects, place.configName, state))
    },
    denied,
  )
  yield await attempt('bucket policy', () => checkPolicy(options, effects), denied)
  yield await attempt(
    'newest report',
    () =>
      checkNewestReport(
        { connector, place, check: 'newest report', state, delivery: DELIVERY },
        effects.reports,
        effects.now(),
      ),
    error => explainDenied(error, connector),
  )
}

const DELIVERY = 'the lines above say whether S3 may deliver'

/** The reader's policy has nothing of what only an owner of the buckets asks. */
const explainAsOwner = ({ found, fix }: Pick<Check, 'found' | 'fix'>): Pick<Check, 'found' | 'fix'> => ({
  found,
  fix: fix?.startsWith('stocktake setup') ? 'ask with the credentials of who owns the bucket' : fix,
})

/** The ids of the bucket's other configurations, where ours isn't there: one of them may be what was meant. */
async function otherIds({ source }: SetupBuckets, id: string, state: InventoryState): Promise<string[]> {
  if (state.kind !== 'absent') return []
  const ids: string[] = []
  for await (const { Id } of listInventoryConfigurations(source)) if (Id !== undefined && Id !== id) ids.push(Id)
  return ids
}

/** What the configuration at the source means for the connector. */
export function judgeConfiguration(
  delivered: DeliveredConnector,
  state: InventoryState,
  others: readonly string[],
): Check {
  const { connector, place, sourceBucket } = delivered
  const check = 'configuration'
  const apply = `stocktake setup ${connector.name} --apply`
  const subject = `${place.configName} on s3://${sourceBucket}`
  if (state.kind === 'absent') {
    const known = others.length === 0 ? '' : `; there are ${others.map(id => JSON.stringify(id)).join(', ')}`
    return { status: 'fail', check, found: `no ${subject}${known}`, fix: `${apply} makes it` }
  }
  if (state.kind === 'denied')
    return {
      status: 'fail',
      check,
      found: `${state.action} denied on ${state.resource}`,
      fix: 'ask with the credentials of who owns the bucket',
    }
  if (state.kind === 'unknown') return { status: 'fail', check, found: state.reason, fix: null }
  const faults = listFaults(delivered, state.configuration)
  const found = [`${subject}: ${describe(state.configuration)}`, ...faults.map(({ text }) => text)].join('; ')
  if (faults.length === 0) return { status: 'ok', check, found, fix: null }
  return {
    status: faults.some(({ isFatal }) => isFatal) ? 'fail' : 'warn',
    check,
    found,
    fix: `${apply} changes it; or change the connector`,
  }
}

interface Fault {
  readonly text: string
  /** Imports can't go on with it. */
  readonly isFatal: boolean
}

function listFaults(delivered: DeliveredConnector, configuration: InventoryConfiguration): Fault[] {
  const { connector, place } = delivered
  const { IsEnabled, Filter, OptionalFields = [], Schedule, Destination } = configuration
  const format = Destination?.S3BucketDestination?.Format
  const wanted = connector.schedule === 'daily' ? 'Daily' : connector.schedule === 'weekly' ? 'Weekly' : undefined
  const missing = NEEDED_FIELDS.filter(field => !OptionalFields.includes(field))
  const faults: (Fault | false)[] = [
    IsEnabled !== true && { text: 'it is disabled', isFatal: true },
    !deliversTo(configuration, delivered) && {
      text: `the connector reads ${placeUrl(delivered)}`,
      isFatal: true,
    },
    place.format !== 'auto' &&
      format !== place.format && { text: `the connector takes ${place.format}`, isFatal: true },
    wanted !== undefined &&
      Schedule?.Frequency !== wanted && { text: `the connector's schedule is ${connector.schedule}`, isFatal: false },
    missing.length > 0 && { text: `it lacks ${missing.join(', ')}`, isFatal: false },
    Filter?.Prefix !== undefined &&
      Filter.Prefix !== '' && {
        text: `it reports only what begins with ${JSON.stringify(Filter.Prefix)}`,
        isFatal: false,
      },
  ]
  return faults.filter(fault => fault !== false)
}

/** `enabled, Weekly, Parquet, all versions, 15 optional fields, to s3://inventory-bucket/reports/` */
function describe(configuration: InventoryConfiguration): string {
  const { IsEnabled, Schedule, IncludedObjectVersions, OptionalFields = [], Destination } = configuration
  return [
    IsEnabled ? 'enabled' : 'disabled',
    Schedule?.Frequency ?? 'no schedule',
    Destination?.S3BucketDestination?.Format ?? 'no format',
    IncludedObjectVersions === 'All' ? 'all versions' : 'current versions',
    `${OptionalFields.length} optional fields`,
    `to ${deliveryUrl(configuration)}`,
  ].join(', ')
}

async function checkPolicy({ delivered, partition, account }: VerifyOptions, effects: VerifyEffects): Promise<Check> {
  const { connector, place, sourceBucket, destinationBucket } = delivered
  const check = 'bucket policy'
  const text = await findBucketPolicy(effects.destination)
  const { verdict, by } = judgeDelivery(text, `policy of s3://${destinationBucket}`, {
    object: `${bucketArn(partition, destinationBucket)}/${place.prefix}${sourceBucket}/${place.configName}/manifest.json`,
    source: bucketArn(partition, sourceBucket),
    account,
  })
  const where = `s3://${destinationBucket}`
  const because = by === undefined ? '' : ` (${by})`
  if (verdict === 'allows') return { status: 'ok', check, found: `${where} lets S3 deliver${because}`, fix: null }
  const apply = `stocktake setup ${connector.name} --apply adds the statement`
  if (verdict === 'unsure')
    return {
      status: 'warn',
      check,
      found: `whether ${where} lets S3 deliver can't be told${because}`,
      fix: `look at that statement; name the owner's account with --account; ${apply}`,
    }
  if (text === undefined)
    return { status: 'fail', check, found: `${where} has no policy: S3 can't deliver`, fix: apply }
  return {
    status: 'fail',
    check,
    found: `the policy of ${where} ${by === undefined ? 'has no statement that lets S3 deliver' : `denies it${because}`}`,
    fix: by === undefined ? apply : 'except the delivery from that statement',
  }
}
