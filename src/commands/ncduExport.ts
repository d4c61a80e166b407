import { type NcduObject, ncduText } from '../output/ncdu.js'
import { countText } from '../output/quantities.js'
import { writeText } from '../output/textWriter.js'
import { filesReport, listFiles } from '../snapshot/fileListing.js'
import { getSnapshot } from '../snapshot/findSnapshot.js'
import { folderPath, getFolder } from '../snapshot/folderListing.js'
import { formatReport } from '../snapshot/report.js'
import { parseSnapshotName } from '../snapshot/snapshotName.js'
import type { Context } from './globals.js'
import { withLake } from './lakeSession.js'

interface NcduOptions {
  readonly connector: string
  readonly path: string
  readonly at?: string
  readonly sql?: boolean
}

/** Writes every current object of a folder for ncdu. @throws {NotFoundError} for a folder that isn't there */
export const exportNcdu = (options: NcduOptions, context: Context): Promise<void> =>
  withLake(context, async session => {
    const { connector, at } = options
    const wanted = { connector, ...(at !== undefined && { at }) }
    const { receipt } = await getSnapshot(wanted, context.config.connectors, session)
    const prefix = folderPath(options.path)
    const question = { receipt, prefix, recursive: true, versions: false }
    if (options.sql) return writeText(context.stdout, [formatReport(filesReport(question))])
    const { object_count } = await getFolder(receipt, prefix, session)
    const takenAt = parseSnapshotName(receipt.snapshot)
    const objects = listFiles(question, session) as AsyncIterable<object> as AsyncIterable<NcduObject>
    await writeText(
      context.stdout,
      ncduText(objects, { name: `s3://${receipt.source_bucket}/${prefix}`, prefix, takenAt }),
    )
    context.log.notice(`${receipt.connector} ${receipt.snapshot}: ${countText(object_count, 'object')} for ncdu -f`)
  })
