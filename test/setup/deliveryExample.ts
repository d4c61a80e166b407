import type { DeliveryStatement } from '../../src/setup/deliveryStatement.js'

/** What the policy of a bucket for reports needs. */
export const STATEMENT: DeliveryStatement = {
  Sid: 'StocktakeInventory-weekly-00000000',
  Effect: 'Allow',
  Principal: { Service: 's3.amazonaws.com' },
  Action: 's3:PutObject',
  Resource: 'arn:aws:s3:::inv/reports/*',
  Condition: {
    ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::src' },
    StringEquals: { 'aws:SourceAccount': '123456789012', 's3:x-amz-acl': 'bucket-owner-full-control' },
  },
}
