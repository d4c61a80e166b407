import { createHash } from 'node:crypto'
import { asPattern, bucketArn } from './arn.js'
import type { DeliveredConnector } from './inventoryConfiguration.js'

/** The statement of the destination's policy that lets S3 deliver there (S3 User Guide, "Granting permissions for S3 Inventory"). */
export interface DeliveryStatement {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Principal: { readonly Service: 's3.amazonaws.com' }
  readonly Action: 's3:PutObject'
  readonly Resource: string
  readonly Condition: {
    readonly ArnLike: { readonly 'aws:SourceArn': string }
    readonly StringEquals: {
      readonly 'aws:SourceAccount': string
      readonly 's3:x-amz-acl': 'bucket-owner-full-control'
    }
  }
}

/** @param account of the source's owner */
export function planDeliveryStatement(
  delivered: DeliveredConnector,
  { partition, account }: { readonly partition: string; readonly account: string },
): DeliveryStatement {
  const { place, sourceBucket, destinationBucket } = delivered
  return {
    Sid: deliverySid(delivered),
    Effect: 'Allow',
    Principal: { Service: 's3.amazonaws.com' },
    Action: 's3:PutObject',
    Resource: `${bucketArn(partition, destinationBucket)}/${asPattern(place.prefix)}*`,
    Condition: {
      ArnLike: { 'aws:SourceArn': bucketArn(partition, sourceBucket) },
      StringEquals: { 'aws:SourceAccount': account, 's3:x-amz-acl': 'bucket-owner-full-control' },
    },
  }
}

/**
 * The name of the statement: of one source and configuration, so that those of other connectors stay beside it. What a
 * name may not have in it is left out, and the digits keep apart what then looks the same.
 */
export function deliverySid({ place, sourceBucket }: Pick<DeliveredConnector, 'place' | 'sourceBucket'>): string {
  const safe = place.configName.replace(/[^A-Za-z0-9-]/g, '').slice(0, 64)
  const digits = createHash('sha256').update(`${sourceBucket}\n${place.configName}`).digest('hex').slice(0, 8)
  return ['StocktakeInventory', safe, digits].filter(part => part !== '').join('-')
}
