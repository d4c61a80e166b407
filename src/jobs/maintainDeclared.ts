import { NotFoundError } from '../errors.js'
import { forgetBatches } from '../iceberg/batches.js'
import type { Table } from '../iceberg/catalog.js'
import { changeMetadata } from '../iceberg/changeMetadata.js'
import { UnsupportedTableError } from '../iceberg/errors.js'
import { expireSnapshots } from '../iceberg/expireSnapshots.js'
import { removeOrphans } from '../iceberg/findOrphans.js'
import type { TableMetadata } from '../iceberg/metadata.js'
import { rewriteManifests } from '../iceberg/rewriteManifests.js'
import { loadExisting } from '../iceberg/upkeep.js'
import { listSegments } from '../streams/listSegments.js'
import { activeFolder, readyFolder, segmentBatch } from '../streams/streamPlaces.js'
import { STREAM_PROPERTY } from '../streams/streamTables.js'
import { compactTable } from '../tables/compactTable.js'
import { type MaintainLimits, type MaintainRow, row, type Step, type StepEffects } from './maintainStep.js'

/**
 * A step for each table of the lake that was declared, or that somebody else made there: those whose name is that of a
 * database and a table. One that can't be kept in order is no reason to leave the others.
 */
export async function listDeclaredSteps({ catalog }: StepEffects): Promise<[phase: string, step: Step][]> {
  const steps: [string, Step][] = []
  for await (const name of catalog.list()) if (name.includes('.')) steps.push([name, effects => care(name, effects)])
  return steps
}

/** What no reader must miss goes first, then what it leaves, as for the lake's other tables. */
async function care(name: string, effects: StepEffects): Promise<MaintainRow[]> {
  const rows: MaintainRow[] = []
  try {
    for (const act of [compact, mergeManifests, expire, forgetSegments, sweepOrphans]) {
      effects.signal.throwIfAborted()
      rows.push(...(await act(name, effects)))
    }
  } catch (error) {
    const isDropped = error instanceof NotFoundError && !(await effects.catalog.load(name))
    if (!isDropped) throw error
  }
  return rows
}

type Act = (name: string, effects: StepEffects) => Promise<MaintainRow[]>

const compact: Act = async (name, { dryRun, limits, catalog, engine, now, signal, streams = [] }) => {
  const stream = (await loadExisting(catalog, name)).metadata.properties[STREAM_PROPERTY]
  // Who reads the files of a stream by their names reads each record once, as long as no file has those of others.
  if (stream !== undefined && !streams.some(each => each.name === stream && each.compact)) return []
  const options = { dryRun, smallBytes: limits.smallBytes, least: limits.files }
  try {
    const merged = await compactTable(name, options, { catalog, engine, now, signal })
    const { filesBefore, filesAfter, bytes: sizeBytes } = merged
    const detail = filesBefore > 0 ? `${filesBefore} become ${filesAfter}` : null
    return [row('merge files', { subject: name, count: filesBefore - filesAfter, unit: 'files', sizeBytes, detail })]
  } catch (error) {
    if (!(error instanceof UnsupportedTableError)) throw error
    const detail = `left as they are: ${error.facts.got ?? error.message}`
    return [row('merge files', { subject: name, count: 0, unit: 'files', detail })]
  }
}

const mergeManifests: Act = async (name, { dryRun, limits, catalog, now, signal }) => {
  const options = { least: limits.manifests, dryRun }
  const { before, after } = await rewriteManifests(catalog, name, options, { now, signal })
  const detail = before > after ? `${before} become ${after}` : null
  return [row('merge manifests', { subject: name, count: before - after, unit: 'manifests', detail })]
}

const expire: Act = async (name, { dryRun, limits, catalog, storeTime: at, now, signal }) => {
  const { metadata } = await loadExisting(catalog, name)
  const options = { ...retentionOf(metadata, limits), dryRun, at }
  const { expired, removedFiles, removedBytes } = await expireSnapshots(catalog, name, options, { now, signal })
  const detail = expired > 0 ? `of ${expired} old states` : null
  return [row('expire states', { subject: name, count: removedFiles, unit: 'files', sizeBytes: removedBytes, detail })]
}

/**
 * Forgets the names of a stream's segments that have expired and are gone: those that are being written or wait are needed, as
 * they must not be added again. A name moves from one list to the next, and so both are looked at in that order. The newest
 * stay: somebody may copy them here again.
 */
const forgetSegments: Act = async (name, { dryRun, limits, catalog, store, now }) => {
  const { metadata } = await loadExisting(catalog, name)
  const stream = metadata.properties[STREAM_PROPERTY]
  if (stream === undefined || dryRun) return []
  const active = await listSegments(store, activeFolder(stream))
  const ready = await listSegments(store, readyFolder(stream))
  const there = new Set([...active, ...ready].map(segment => segmentBatch(stream, segment.name)))
  const forget = ({ metadata }: Table): TableMetadata =>
    forgetBatches(metadata, (batch, newer) => newer < limits.segments || there.has(batch))
  await changeMetadata(catalog, name, forget, { now })
  return []
}

const sweepOrphans: Act = async (name, { dryRun, limits, catalog, now, signal }) => {
  const { files, bytes, oldest } = await removeOrphans(
    catalog,
    name,
    { graceMs: limits.graceMs, dryRun },
    { now, signal },
  )
  const detail = oldest ? `the oldest of ${oldest.toISOString().slice(0, 10)}` : null
  return [row('remove orphans', { subject: name, count: files, unit: 'files', sizeBytes: bytes, detail })]
}

/**
 * How long states of a table stay, by the properties that other engines go by, too.
 * @throws {UnsupportedTableError} for a value that is no number: nothing expires then
 * @see https://iceberg.apache.org/docs/latest/configuration/#table-behavior-properties
 */
export function retentionOf(
  metadata: Pick<TableMetadata, 'properties' | 'location'>,
  limits: Pick<MaintainLimits, 'states' | 'statesMs'>,
): { readonly keep: number; readonly graceMs: number } {
  return {
    keep: Math.max(1, readNumber(metadata, 'history.expire.min-snapshots-to-keep') ?? limits.states),
    graceMs: readNumber(metadata, 'history.expire.max-snapshot-age-ms') ?? limits.statesMs,
  }
}

function readNumber({ properties, location }: Pick<TableMetadata, 'properties' | 'location'>, name: string) {
  const text = properties[name]
  if (text === undefined) return undefined
  if (/^\d{1,15}$/.test(text.trim())) return Number(text)
  throw new UnsupportedTableError({
    subject: `${location}: property ${name}`,
    expected: 'a whole number',
    got: JSON.stringify(text),
  })
}
