import type { TableInput } from '@aws-sdk/client-glue'
import { METADATA_LOCATION, PREVIOUS_METADATA_LOCATION } from '../iceberg/glueEntry.js'
import { parseCopyNumber } from '../iceberg/metadataCopy.js'
import { parseMetadataVersion } from '../iceberg/metadataFiles.js'
import type { GlueTable } from '../lake/glue.js'
import type { PublishedKind } from './published.js'

/** Something that Glue is to have. */
export interface Entry {
  readonly kind: PublishedKind
  readonly database: string
  readonly name: string
  /** Whether what Glue has under this name is the lake's, and not somebody else's. */
  readonly isOurs: (found: GlueTable) => boolean
  /** Why it isn't overwritten though it is the lake's; `undefined` where it is. */
  readonly refuse: (found: GlueTable) => Promise<string | undefined>
  /** What is wanted, where Glue has that now. */
  readonly make: (found: GlueTable | undefined) => Promise<Wanted>
}

export interface Wanted {
  /** What Glue is to be told. Others' parameters are passed on. */
  readonly input: TableInput
  /** What it names, where that isn't there by itself. */
  readonly file?: NamedFile
}

/** A file that is to be there before Glue is told of it. */
export interface NamedFile {
  isThere(): Promise<boolean>
  /** Done again, it puts the same. */
  put(): Promise<void>
}

/**
 * What becomes of an entry:
 * - `create`, `change`, `remove`; `same`: nothing
 * - `foreign`: another has changed it, or it is another's; it stays as it is
 * - `held`: it isn't changed because of a foreign one that it goes with
 */
export type PublishChange = 'create' | 'change' | 'same' | 'remove' | 'foreign' | 'held'

/** A difference between the lake and Glue. */
export interface Difference {
  readonly kind: PublishedKind
  readonly database: string
  readonly name: string
  readonly change: PublishChange
  /** What is to be changed, or why it isn't. */
  readonly detail: string | null
}

/** What an entry needs, with what is to be told if that is anything. */
export interface PlannedEntry {
  readonly entry: Entry
  readonly difference: Difference
  readonly found: GlueTable | undefined
  readonly input: TableInput | undefined
  readonly file?: NamedFile | undefined
  /** A state that Glue is only led through, of which nobody is told. */
  readonly isStep?: boolean
}

/** Decides about an entry by what Glue has now. @param replace also what {@link Entry.refuse} would spare */
export async function planEntry(entry: Entry, found: GlueTable | undefined, replace: boolean): Promise<PlannedEntry> {
  const { kind, database, name } = entry
  const of = (change: PublishChange, detail: string | null, wanted?: Wanted): PlannedEntry => ({
    ...{ entry, found, input: wanted?.input, file: wanted?.file },
    difference: { kind, database, name, change, detail },
  })
  if (!found) return of('create', null, await entry.make(undefined))
  if (!entry.isOurs(found)) return of('foreign', `not of this lake: ${describeFound(found)} of the same name`)
  const reason = await entry.refuse(found)
  if (reason !== undefined && !replace) return of('foreign', `${reason}; --replace puts the lake's over it`)
  const wanted = await entry.make(found)
  const parts = differingParts(wanted.input, found.raw)
  if (parts.length > 0) return of('change', parts.join(', '), wanted)
  return wanted.file && !(await wanted.file.isThere())
    ? of('change', 'its metadata file was gone', wanted)
    : of('same', null)
}

const describeFound = ({ tableType, parameters }: GlueTable): string =>
  tableType === 'VIRTUAL_VIEW' ? 'a view' : parameters.table_type === 'ICEBERG' ? 'an Iceberg table' : 'a table'

/** What of an entry isn't as wanted, in words; what Glue adds by itself is no difference. */
function differingParts(wanted: TableInput, found: TableInput): string[] {
  const { Parameters, StorageDescriptor, ...rest } = wanted
  const { Columns, ...storage } = StorageDescriptor ?? {}
  const columns = found.StorageDescriptor?.Columns ?? []
  const parts = differingParameters(Parameters ?? {}, found.Parameters ?? {})
  if (!isCovered(Columns ?? [], columns)) parts.push('columns')
  if (!isCovered(storage, found.StorageDescriptor ?? {})) parts.push('storage')
  for (const [name, value] of Object.entries(rest))
    if (!isCovered(value, Reflect.get(found, name))) parts.push(PART_NAMES[name] ?? name)
  return parts
}

type Parameters = Readonly<Record<string, string>>

function differingParameters(wanted: Parameters, found: Parameters): string[] {
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(found)])]
  return names
    .filter(name => wanted[name] !== found[name] && name !== PREVIOUS_METADATA_LOCATION)
    .map(name => (name === METADATA_LOCATION ? moveText(found[name], wanted[name]) : name))
}

/** `v2 → v3`; where the version stays and only the file is another, its names. */
function moveText(from: string | undefined, to: string | undefined): string {
  const [before, after] = [from, to].map(versionText)
  return before === after ? `${fileName(from)} → ${fileName(to)}` : `${before} → ${after}`
}

function versionText(location: string | undefined): string {
  const version = location && (parseMetadataVersion(location) ?? parseCopyNumber(location))
  return typeof version === 'number' ? `v${version}` : fileName(location)
}

const fileName = (location = 'nothing'): string =>
  location.slice(location.lastIndexOf('/') + 1).replace('.metadata.json', '')

const PART_NAMES: Readonly<Record<string, string>> = {
  Description: 'comment',
  ViewOriginalText: 'SQL',
  PartitionKeys: 'partitions',
}

/** Whether all that is wanted is there. What is wanted empty may be filled in by Glue itself. */
function isCovered(wanted: unknown, found: unknown): boolean {
  if (wanted === undefined || wanted === '') return true
  if (Array.isArray(wanted))
    return (
      Array.isArray(found) && found.length === wanted.length && wanted.every((each, i) => isCovered(each, found[i]))
    )
  if (typeof wanted === 'object' && wanted !== null)
    return (
      typeof found === 'object' &&
      found !== null &&
      Object.entries(wanted).every(([name, value]) => isCovered(value, Reflect.get(found, name)))
    )
  return wanted === found
}
