import type { InventoryConfiguration } from '@aws-sdk/client-s3'
import { StocktakeError, UsageError } from '../errors.js'
import {
  findBucketPolicy,
  findInventoryConfiguration,
  putBucketPolicy,
  putInventoryConfiguration,
} from '../lake/s3BucketSettings.js'
import type { S3Connection } from '../lake/s3Connection.js'
import { S3AccessDeniedError } from '../lake/s3Errors.js'
import { canonicalJson } from './canonicalJson.js'
import { arrangeConfiguration, isSameConfiguration, keepEncryption } from './inventoryConfiguration.js'
import { diffLines } from './lineDiff.js'
import type { SetupPlan } from './planSetup.js'
import { mergeStatement } from './policyText.js'
import { visibleJson } from './visibleJson.js'

/** The two buckets of a connector. */
export interface SetupBuckets {
  readonly source: S3Connection
  readonly destination: S3Connection
}

/** What one document comes to when it is put. */
export interface DocumentChange {
  readonly document: 'inventory_configuration' | 'bucket_policy'
  readonly bucket: string
  readonly change: 'none' | 'create' | 'replace'
  /** Line by line: `  ` for what stays, `- ` and `+ ` for what goes and comes. Empty where there is nothing to change. */
  readonly diff: readonly string[]
}

/** What was read, and what is to be put in its place. */
export interface SetupChanges {
  readonly policy: { readonly before: string | undefined; readonly after: string }
  readonly configuration: {
    readonly before: InventoryConfiguration | undefined
    readonly after: InventoryConfiguration
  }
  /** In the order in which they are put: S3 may deliver before it is told to. */
  readonly documents: readonly DocumentChange[]
}

/** What is there isn't what was shown: somebody else changed it. */
export class SettingsChangedError extends StocktakeError {}

/**
 * Reads what is there, and plans what is to be put. Nothing is written.
 * @param account of the source's owner
 * @throws {UsageError} if the source is of another account: the statement for this one would refuse every report
 * @throws {PolicyError} where the bucket's policy can't be added to
 */
export async function planChanges(plan: SetupPlan, account: string, buckets: SetupBuckets): Promise<SetupChanges> {
  const { source, destination } = buckets
  const found = await findInventoryConfiguration(source, configurationId(plan))
  await requireOwner(source, configurationId(plan), account)
  const policy = await findBucketPolicy(destination)
  const merged = mergeStatement(policy, plan.statement, destination.bucket)
  const configuration = found ? keepEncryption(plan.configuration, found) : plan.configuration
  const isSame = found !== undefined && isSameConfiguration(found, configuration)
  return {
    policy: { before: policy, after: merged.text },
    configuration: { before: found, after: configuration },
    documents: [
      {
        document: 'bucket_policy',
        bucket: destination.bucket,
        change: merged.change === 'unchanged' ? 'none' : policy === undefined ? 'create' : 'replace',
        diff:
          merged.change === 'unchanged'
            ? []
            : diffLines(policy === undefined ? [] : jsonLines(JSON.parse(policy)), jsonLines(JSON.parse(merged.text))),
      },
      {
        document: 'inventory_configuration',
        bucket: source.bucket,
        change: isSame ? 'none' : found ? 'replace' : 'create',
        diff: isSame
          ? []
          : diffLines(
              found ? jsonLines(arrangeConfiguration(found)) : [],
              jsonLines(arrangeConfiguration(configuration)),
            ),
      },
    ],
  }
}

/**
 * Puts what is to change, the policy first.
 * @param done told of each document that was put
 * @throws {SettingsChangedError} if what is there isn't any more what was planned upon; that document is left as it is
 */
export async function commitChanges(
  changes: SetupChanges,
  { source, destination }: SetupBuckets,
  done: (document: DocumentChange) => void,
): Promise<void> {
  for (const document of changes.documents) {
    if (document.change === 'none') continue
    if (document.document === 'bucket_policy') {
      const now = await findBucketPolicy(destination)
      if (now !== changes.policy.before) throw settingsChanged('the policy', destination.bucket)
      await putBucketPolicy(destination, changes.policy.after)
    } else {
      const { before, after } = changes.configuration
      const now = await findInventoryConfiguration(source, after.Id ?? '')
      if (canonicalJson(now ?? null) !== canonicalJson(before ?? null))
        throw settingsChanged(`the inventory configuration ${after.Id}`, source.bucket)
      await putInventoryConfiguration(source, after)
    }
    done(document)
  }
}

const configurationId = ({ configuration }: SetupPlan): string => configuration.Id ?? ''

/** S3 denies a request that names another owner than the bucket's; the same one without a name has just been answered. */
async function requireOwner(source: S3Connection, id: string, account: string): Promise<void> {
  try {
    await findInventoryConfiguration(source, id, account)
  } catch (error) {
    if (!(error instanceof S3AccessDeniedError)) throw error
    throw new UsageError({
      subject: `s3://${source.bucket}`,
      expected: `a bucket of account ${account}`,
      got: "another account's",
      fix: "name the account of the bucket's owner with --account",
      cause: error,
    })
  }
}

const settingsChanged = (what: string, bucket: string): SettingsChangedError =>
  new SettingsChangedError({
    subject: `s3://${bucket}`,
    expected: `${what} as it was shown`,
    got: 'another one: somebody changed it meanwhile',
    fix: 'it was left as it is now; look at it, and run this again',
  })

const jsonLines = (value: unknown): string[] => visibleJson(value, 2).split('\n')
