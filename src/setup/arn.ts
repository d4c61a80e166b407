/** `arn:aws:s3:::bucket` */
export const bucketArn = (partition: string, bucket: string): string => `arn:${partition}:s3:::${bucket}`

/**
 * A text as a policy's pattern that matches it alone: `*`, `?` and `$` stand for themselves (IAM User Guide, "Policy
 * variables: special characters"). Policies of Version 2012-10-17 only.
 */
export const asPattern = (text: string): string => text.replace(/[*?$]/g, character => `\${${character}}`)
