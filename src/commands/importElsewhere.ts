import type { Connector } from '../config/connector.js'
import type { RemoteEngine, RemoteKind, RemoteProgress } from '../engine/remoteEngine.js'
import { UsageError } from '../errors.js'
import { countText, formatBytes, formatCents } from '../output/quantities.js'
import type { ImportReportsEffects } from '../snapshot/importReports.js'
import type { RemotePhase, RemoteStatements } from '../snapshot/remoteStatements.js'
import { type EngineArgs, openRemote, remoteKind } from './engineFlag.js'
import type { Context } from './globals.js'
import type { ImportSession } from './importSession.js'
import { openCatalog, openGlueOf } from './lakeCatalog.js'
import { openPlace } from './lakeSession.js'
import type { SnapshotContext } from './snapshotSession.js'

/** An engine elsewhere that is to import: which, and what opens it. */
export interface ElsewhereImport {
  readonly kind: RemoteKind
  readonly open: (context: Pick<SnapshotContext, 'config' | 'signal'>) => Promise<RemoteEngine>
}

/** The engine that the options name; `undefined` for DuckDB. @throws {UsageError} for --max-scan with it */
export function elsewhereOf(args: EngineArgs, { env }: Pick<Context, 'env'>): ElsewhereImport | undefined {
  const kind = remoteKind(args)
  return kind && { kind, open: context => openRemote(args, kind, { ...context, env }) }
}

/**
 * What an import by an engine elsewhere needs of the settings; looked at before anything is made.
 * @returns the lake's database in Glue
 * @throws {UsageError} with the fix
 */
export function requireElsewhere(
  { kind }: ElsewhereImport,
  { name, source, inventory }: Connector,
  { config }: Pick<SnapshotContext, 'config'>,
): string {
  const subject = `import --engine ${kind}`
  const { catalog } = config
  if (catalog.type !== 'glue')
    throw new UsageError({
      subject,
      expected: 'a lake whose catalog is glue, as its tables are written by the engine',
      got: catalog.type,
      fix: 'import with --engine duckdb, or make a lake on S3 with catalog: { type: glue, database: … }',
    })
  const { kind: place } = inventory?.destination ?? source
  if (place === 'bucket') return catalog.database
  throw new UsageError({
    subject,
    expected: `reports of ${name} in a bucket, where the engine reads them`,
    got: 'a folder',
    fix: 'import with --engine duckdb',
  })
}

/**
 * Has reports imported elsewhere for as long as `act` takes.
 * @param act gets what does so; what the engine was asked is told after each report
 */
export async function withElsewhere<T>(
  elsewhere: ElsewhereImport,
  database: string,
  session: ImportSession,
  context: SnapshotContext,
  act: (importElsewhere: NonNullable<ImportReportsEffects['importElsewhere']>) => Promise<T>,
): Promise<T> {
  const [imports, { remoteStatements }] = await Promise.all([
    import('../snapshot/remoteImport.js'),
    import('../snapshot/remoteStatements.js'),
  ])
  const { effects, place } = session
  const { signal } = effects
  const unstopped = { ...context, signal: new AbortController().signal } // to tidy up after a signal, too
  const [glue, store] = [await openGlueOf(unstopped), await openPlace(place, unstopped)]
  const catalog = await openCatalog(store, unstopped)
  const remote = await elsewhere.open({ ...context, signal })
  try {
    return await act(async options => {
      const progress = showProgress(session, context)
      const statements = remoteStatements(remote, database, { signal, progress })
      try {
        return await imports.importElsewhere(options, {
          ...{ ...effects, reports: options.reports, catalog, store, glue, database, statements },
        })
      } finally {
        tellStatements(statements, context)
      }
    })
  } finally {
    await remote.close()
  }
}

const showProgress =
  ({ tellBegun }: ImportSession, { progress }: SnapshotContext) =>
  ({ phase, progress: told }: { readonly phase: RemotePhase; readonly progress: RemoteProgress }): void => {
    tellBegun()
    progress.update({
      label: LABELS[phase],
      ...{ done: told.splitsDone ?? 0, unit: 'splits' },
      ...(told.splitsTotal !== undefined && { total: told.splitsTotal }),
      ...(told.rows !== undefined && { tally: { count: told.rows, unit: 'rows' } }),
    })
  }

const LABELS: Readonly<Record<RemotePhase, string>> = {
  rows: 'count rows',
  objects: 'insert objects',
  check: 'check objects',
  folders: 'insert folders',
  changes: 'insert changes',
}

/** `trino: 6 statements, 3.2 GB scanned`; of Athena what they cost, too. */
function tellStatements({ kind, stats }: RemoteStatements, { log }: SnapshotContext): void {
  const { statements, scannedBytes, costUsd } = stats()
  if (statements === 0) return
  const cost = costUsd === undefined ? '' : `, ${formatCents(costUsd, 'less than ')}`
  log.notice(`${kind}: ${countText(BigInt(statements), 'statement')}, ${formatBytes(scannedBytes)} scanned${cost}`)
}
