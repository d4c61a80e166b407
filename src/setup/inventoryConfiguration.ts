import type { InventoryConfiguration, InventoryOptionalField } from '@aws-sdk/client-s3'
import type { Connector, InventoryPlace } from '../config/connector.js'
import type { ReportFormat } from '../inventory/fileSchema.js'
import { bucketArn } from './arn.js'
import { canonicalJson } from './canonicalJson.js'

/** What a person may choose; the connector's own settings are the defaults. */
export interface InventoryChoices {
  readonly frequency: 'Daily' | 'Weekly'
  readonly format: ReportFormat
  readonly versions: 'All' | 'Current'
}

/** A connector whose reports S3 delivers: both ends are buckets. */
export interface DeliveredConnector {
  readonly connector: Connector
  readonly place: InventoryPlace
  readonly sourceBucket: string
  readonly destinationBucket: string
}

/** The schedule and format that the connector's settings ask for. Weekly, which costs least, where they don't say. */
export const defaultChoices = ({
  connector,
  place,
}: Pick<DeliveredConnector, 'connector' | 'place'>): InventoryChoices => ({
  frequency: connector.schedule === 'daily' ? 'Daily' : 'Weekly',
  format: place.format === 'auto' ? 'Parquet' : place.format,
  versions: 'All',
})

/** Every optional field save ObjectAccessControlList: its lists, one for each object, outweigh all the others together. */
export const USEFUL_FIELDS: readonly InventoryOptionalField[] = [
  'Size',
  'LastModifiedDate',
  'ETag',
  'StorageClass',
  'IsMultipartUploaded',
  'ReplicationStatus',
  'EncryptionStatus',
  'ObjectLockRetainUntilDate',
  'ObjectLockMode',
  'ObjectLockLegalHoldStatus',
  'IntelligentTieringAccessTier',
  'BucketKeyStatus',
  'ChecksumAlgorithm',
  'ObjectOwner',
  'LifecycleExpirationDate',
]

/** Without these, changes can't be told from touches, or sizes not added up. */
export const NEEDED_FIELDS: readonly InventoryOptionalField[] = ['Size', 'LastModifiedDate', 'ETag', 'StorageClass']

/** As S3 takes it: without the slash at its end, since S3 puts one behind it. */
export const deliveryPrefix = ({ prefix }: InventoryPlace): string => prefix.replace(/\/+$/, '')

/**
 * The configuration that delivers what the connector reads (API InventoryConfiguration).
 * @param account of the destination's owner, where it is known
 */
export function planInventoryConfiguration(
  { place, destinationBucket }: DeliveredConnector,
  choices: InventoryChoices,
  { partition, account }: { readonly partition: string; readonly account?: string },
): InventoryConfiguration {
  const prefix = deliveryPrefix(place)
  return {
    Id: place.configName,
    IsEnabled: true,
    Destination: {
      S3BucketDestination: {
        ...(account !== undefined && { AccountId: account }),
        Bucket: bucketArn(partition, destinationBucket),
        Format: choices.format,
        ...(prefix !== '' && { Prefix: prefix }),
      },
    },
    IncludedObjectVersions: choices.versions,
    OptionalFields: [...USEFUL_FIELDS],
    Schedule: { Frequency: choices.frequency },
  }
}

/**
 * The planned configuration in the place of one that is there: how its reports are encrypted stays, because no setting of
 * ours says anything about it.
 */
export function keepEncryption(planned: InventoryConfiguration, found: InventoryConfiguration): InventoryConfiguration {
  const encryption = found.Destination?.S3BucketDestination?.Encryption
  const destination = planned.Destination?.S3BucketDestination
  if (!encryption || !destination) return planned
  return { ...planned, Destination: { S3BucketDestination: { ...destination, Encryption: encryption } } }
}

/** Whether two configurations ask for the same: fields in any order. */
export const isSameConfiguration = (a: InventoryConfiguration, b: InventoryConfiguration): boolean =>
  canonicalJson(sortFields(a)) === canonicalJson(sortFields(b))

const sortFields = (configuration: InventoryConfiguration): InventoryConfiguration => ({
  ...configuration,
  OptionalFields: [...(configuration.OptionalFields ?? [])].sort(),
})

/** The keys in one order, and the fields in ours, so that two can be compared line by line. */
export function arrangeConfiguration(found: InventoryConfiguration): InventoryConfiguration {
  const destination = found.Destination?.S3BucketDestination
  const fields = found.OptionalFields ?? []
  const known = USEFUL_FIELDS.filter(field => fields.includes(field))
  return {
    Id: found.Id,
    IsEnabled: found.IsEnabled,
    ...(found.Filter && { Filter: found.Filter }),
    Destination: {
      S3BucketDestination: destination && {
        ...(destination.AccountId !== undefined && { AccountId: destination.AccountId }),
        Bucket: destination.Bucket,
        Format: destination.Format,
        ...(destination.Prefix !== undefined && { Prefix: destination.Prefix }),
        ...(destination.Encryption && { Encryption: destination.Encryption }),
      },
    },
    IncludedObjectVersions: found.IncludedObjectVersions,
    OptionalFields: [...known, ...fields.filter(field => !known.includes(field)).sort()],
    Schedule: found.Schedule,
  }
}

/** Where a configuration delivers, `s3://bucket/prefix/`, for people. */
export function deliveryUrl(configuration: InventoryConfiguration): string {
  const { Bucket = '', Prefix = '' } = configuration.Destination?.S3BucketDestination ?? {}
  const prefix = Prefix.replace(/\/+$/, '')
  return `s3://${Bucket.replace(/^arn:[^:]*:s3:::/, '')}/${prefix === '' ? '' : `${prefix}/`}`
}

/** Whether it delivers where the connector reads. */
export const deliversTo = (configuration: InventoryConfiguration, connector: DeliveredConnector): boolean =>
  deliveryUrl(configuration) === placeUrl(connector)

/** Where the connector reads, `s3://bucket/prefix/`. */
export function placeUrl({ place, destinationBucket }: DeliveredConnector): string {
  const prefix = deliveryPrefix(place)
  return `s3://${destinationBucket}/${prefix === '' ? '' : `${prefix}/`}`
}
