import type { S3Place } from '../lake/s3Store.js'
import { asPattern, bucketArn } from './arn.js'
import type { DeliveredConnector } from './inventoryConfiguration.js'

/** An IAM policy. */
export interface IamPolicy {
  readonly Version: '2012-10-17'
  readonly Statement: readonly IamStatement[]
}

export interface IamStatement {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Action: string | readonly string[]
  readonly Resource: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

/**
 * What who runs Stocktake must be allowed for one connector, and no more: to read its reports, to list its source where
 * scans do, and to keep the lake, where that is on S3.
 */
export function planReaderPolicy(
  delivered: DeliveredConnector,
  lake: S3Place | undefined,
  { partition }: { readonly partition: string },
): IamPolicy {
  const { place, sourceBucket, destinationBucket } = delivered
  const destination = bucketArn(partition, destinationBucket)
  // Manifests name their data files by key: all that AWS has been seen to write is under the source's name.
  const reports = `${asPattern(`${place.prefix}${sourceBucket}/`)}*`
  return {
    Version: '2012-10-17',
    Statement: [
      { Sid: 'ReadReports', Effect: 'Allow', Action: 's3:GetObject', Resource: `${destination}/${reports}` },
      listing('ListReports', destination, reports),
      ...(isScanned(delivered) ? [listing('ListSource', bucketArn(partition, sourceBucket))] : []),
      ...(lake ? lakeStatements(lake, partition) : []),
    ],
  }
}

/** Whether the source itself is ever listed. */
const isScanned = ({ connector }: DeliveredConnector): boolean =>
  connector.scanMode !== 'aws_inventory' || connector.fallbackToSample

function lakeStatements({ bucket, prefix }: S3Place, partition: string): IamStatement[] {
  const arn = bucketArn(partition, bucket)
  const keys = prefix === '' ? '*' : `${asPattern(`${prefix}/`)}*`
  return [
    {
      Sid: 'KeepLake',
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
      Resource: `${arn}/${keys}`,
    },
    listing('ListLake', arn, prefix === '' ? undefined : keys),
  ]
}

/**
 * Leave to list what begins so. `IfExists`, because reading an object that is absent is judged by the same action, without
 * a prefix: a plain StringLike would turn each "no such object" into "denied", and a report whose manifest is still to come
 * looks like that.
 */
const listing = (sid: string, bucket: string, prefix?: string): IamStatement => ({
  Sid: sid,
  Effect: 'Allow',
  Action: 's3:ListBucket',
  Resource: bucket,
  ...(prefix !== undefined && { Condition: { StringLikeIfExists: { 's3:prefix': prefix } } }),
})
