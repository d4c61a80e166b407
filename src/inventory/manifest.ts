import { z } from 'zod'
import { parseFileSchema, REPORT_FORMATS, type ReportFormat } from './fileSchema.js'

/** One data file of a report. */
export interface DataFile {
  /** In the bucket the report is delivered to. */
  readonly key: string
  readonly sizeBytes: number
  /** Of the bytes as delivered, 32 lower-case hex digits. */
  readonly md5: string
}

/** What a report says about itself. */
export interface InventoryManifest {
  readonly sourceBucket: string
  /** The bucket's plain name. */
  readonly destinationBucket: string
  /** When the bucket's listing began. */
  readonly takenAt: Date
  readonly format: ReportFormat
  /** Names as the report spells them, in its order. */
  readonly columns: readonly string[]
  /** In the manifest's order. None: the bucket was empty. */
  readonly files: readonly DataFile[]
}

const END_OF_YEAR_9999_MS = 253_402_300_799_999

const rawManifest = z.object({
  // open: AWS adds keys
  sourceBucket: z.string().min(1),
  destinationBucket: z.string().min(1), // an ARN, in any partition
  creationTimestamp: z
    .string()
    .regex(/^\d+$/) // epoch ms, as a string
    .refine(ms => Number(ms) <= END_OF_YEAR_9999_MS, 'later than the year 9999'),
  fileFormat: z.enum(REPORT_FORMATS),
  fileSchema: z.string(),
  files: z.array(
    z.object({
      key: z.string(),
      size: z.int().nonnegative(),
      MD5checksum: z.string().regex(/^[0-9a-f]{32}$/i),
    }),
  ),
})

/**
 * The manifest from its JSON. Keys of files are as they stand: whoever opens them checks them.
 * @throws {z.ZodError} if it isn't shaped as a manifest
 * @throws {FileSchemaError} if the list of columns can't be understood
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
 */
export function parseInventoryManifest(json: unknown): InventoryManifest {
  const raw = rawManifest.parse(json)
  return {
    sourceBucket: raw.sourceBucket,
    destinationBucket: raw.destinationBucket.replace(/^arn:[^:]*:s3:::/, ''),
    takenAt: new Date(Number(raw.creationTimestamp)),
    format: raw.fileFormat,
    columns: parseFileSchema(raw.fileFormat, raw.fileSchema),
    files: raw.files.map(file => ({ key: file.key, sizeBytes: file.size, md5: file.MD5checksum.toLowerCase() })),
  }
}
