import { getConnector } from '../config/connector.js'
import { StocktakeError, UsageError } from '../errors.js'
import { CallerUnknownError } from '../lake/callerIdentity.js'
import { partitionOf } from '../lake/s3Connection.js'
import { parseS3Url } from '../lake/s3Store.js'
import type { Column } from '../output/cells.js'
import { escapeLines } from '../output/log.js'
import { writeText } from '../output/textWriter.js'
import { commitChanges, type DocumentChange, planChanges, type SetupBuckets } from '../setup/applySetup.js'
import { type DeliveredConnector, defaultChoices, type InventoryChoices } from '../setup/inventoryConfiguration.js'
import {
  ACCOUNT_PLACEHOLDER,
  describeSetup,
  planSetup,
  requireDelivered,
  type SetupDocument,
  type SetupOptions,
} from '../setup/planSetup.js'
import { verifySetup } from '../setup/verifySetup.js'
import { visibleJson } from '../setup/visibleJson.js'
import { askCaller, findRegion, openBucketConnection } from './bucketConnection.js'
import { writeChecks } from './checkScreen.js'
import type { Context } from './globals.js'
import { openBucket } from './lakeSession.js'

/** What was typed. */
export interface SetupRequest {
  /** Neither `apply` nor `verify` prints. */
  readonly acts: { readonly apply: boolean; readonly verify: boolean; readonly yes: boolean }
  readonly account: string | undefined
  readonly destinationAccount: string | undefined
  readonly choices: Partial<InventoryChoices>
}

/**
 * Prints what makes S3 deliver the connector's reports, or puts it, or checks it.
 * @throws {NotFoundError} where there is no such connector
 * @throws {UsageError} where nothing is to be set up; and where something is to be put, and nobody can be asked
 */
export async function runSetup(name: string, request: SetupRequest, context: Context): Promise<void> {
  const delivered = requireDelivered(getConnector(context.config.connectors, name))
  const { apply, verify } = request.acts
  if (!apply && !verify) return printSetup(await setupOptions(delivered, request, request.account, context), context)
  const buckets = {
    source: await openBucketConnection(delivered.sourceBucket, context),
    destination: await openBucketConnection(delivered.destinationBucket, context),
  }
  if (apply) {
    const account = request.account ?? (await askAccount(context))
    await applySetup(await setupOptions(delivered, request, account, context), account, buckets, request, context)
  }
  if (!verify) return
  const reports = await openBucket(delivered.place.destination, context)
  const options = {
    delivered,
    partition: partitionOf((await findRegion(context)) ?? ''),
    account: request.account ?? (await findAccount(context)),
  }
  const checks = verifySetup(options, { ...buckets, reports, now: context.now })
  await writeChecks(checks, `set-up of ${delivered.connector.name}`, context)
}

async function setupOptions(
  delivered: DeliveredConnector,
  { choices, destinationAccount }: SetupRequest,
  account: string | undefined,
  context: Context,
): Promise<SetupOptions> {
  const { lake, aws } = context.config
  return {
    delivered,
    choices: { ...defaultChoices(delivered), ...choices },
    partition: partitionOf((await findRegion(context)) ?? ''),
    account,
    destinationAccount,
    lake: lake?.startsWith('s3://') ? parseS3Url(lake) : undefined,
    region: aws.region,
    endpoint: aws.endpoint,
  }
}

/** The caller's own account. @throws {UsageError} where it can't be known */
async function askAccount(context: Context): Promise<string> {
  try {
    return (await askCaller(context)).account
  } catch (error) {
    if (!(error instanceof CallerUnknownError)) throw error
    throw new UsageError({
      subject: 'account',
      expected: '--account with the 12 digits of the account that owns the source bucket',
      got: `none, and STS can't be asked (${error.message})`,
      cause: error,
    })
  }
}

/** As {@link askAccount}, and `undefined` where it can't be known. */
async function findAccount(context: Context): Promise<string | undefined> {
  try {
    return await askAccount(context)
  } catch (error) {
    if (error instanceof StocktakeError) return undefined // a policy can be judged without it, if less surely
    throw error
  }
}

async function printSetup(options: SetupOptions, context: Context): Promise<void> {
  const documents = describeSetup(planSetup(options), options)
  if (options.account === undefined)
    context.log.warn(
      `${ACCOUNT_PLACEHOLDER} stands for the account of the source bucket's owner: name it with --account, or put it there yourself`,
    )
  await writeDocuments(documents, context)
}

/** Writes documents: for people with the lines that put them. */
export async function writeDocuments(documents: readonly SetupDocument[], context: Context): Promise<void> {
  if (context.format !== 'table') return context.write(documents, DOCUMENT_COLUMNS)
  await writeText(context.stdout, documents.map(documentText))
}

const DOCUMENT_COLUMNS: Column<SetupDocument>[] = [
  { name: 'document' },
  { name: 'bucket' },
  { name: 'purpose' },
  { name: 'content' },
  { name: 'command' },
  { name: 'note' },
]

/** A comment, the document, and the line that puts it. */
function documentText({ document, bucket, purpose, content, command, note }: SetupDocument, index: number): string {
  const title = `# ${document.replaceAll('_', ' ')}${bucket === null ? '' : ` of s3://${bucket}`}: ${purpose}`
  const lines = [title, visibleJson(content, 2), '', command, ...(note === null ? [] : [`# ${note}`])]
  return `${index === 0 ? '' : '\n'}${lines.map(escapeLines).join('\n')}\n`
}

async function applySetup(
  options: SetupOptions,
  account: string,
  buckets: SetupBuckets,
  { acts }: SetupRequest,
  context: Context,
): Promise<void> {
  const changes = await planChanges(planSetup(options), account, buckets)
  await showChanges(changes.documents, context)
  const count = changes.documents.filter(({ change }) => change !== 'none').length
  if (count > 0) {
    if (!(await isWanted(count, acts.yes, context))) throw new StocktakeError({ subject: 'nothing was changed' })
    await commitChanges(changes, buckets, document => context.log.notice(doneText(document)))
  }
  if (context.format !== 'table') await context.write(changes.documents, CHANGE_COLUMNS)
  context.log.notice(
    `the IAM policy of who runs stocktake is never put: stocktake setup ${options.delivered.connector.name} prints it`,
  )
}

/** @throws {UsageError} where nobody can be asked */
async function isWanted(count: number, yes: boolean, { ask, progress }: Context): Promise<boolean> {
  if (yes) return true
  progress.clear()
  if (ask) return ask(`put ${count === 1 ? 'this' : `these ${count}`}?`)
  throw new UsageError({
    subject: 'setup --apply',
    expected: 'a terminal to ask on, or --yes',
    got: 'neither',
    fix: 'nothing was changed',
  })
}

/** To stdout for people; beside the rows to stderr. */
async function showChanges(documents: readonly DocumentChange[], context: Context): Promise<void> {
  const text = documents.map(changeText).join('')
  if (context.format === 'table') await writeText(context.stdout, [text])
  else context.log.notice(text.trimEnd())
}

function changeText({ document, bucket, change, diff }: DocumentChange): string {
  const title = `${document.replaceAll('_', ' ')} of s3://${bucket}`
  if (change === 'none') return `${title}: nothing to change\n`
  const lines = [`${title}, ${change === 'create' ? 'to be made' : 'to be changed'}:`, ...diff]
  return `${lines.map(escapeLines).join('\n')}\n`
}

const doneText = ({ document, bucket }: DocumentChange): string =>
  `put  ${document.replaceAll('_', ' ')} of s3://${bucket}`

const CHANGE_COLUMNS: Column<DocumentChange>[] = [
  { name: 'document' },
  { name: 'bucket' },
  { name: 'change' },
  { name: 'diff' },
]
