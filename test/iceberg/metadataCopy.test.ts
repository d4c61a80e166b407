import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Table } from '../../src/iceberg/catalog.js'
import { expireSnapshots } from '../../src/iceberg/expireSnapshots.js'
import { parseMetadata } from '../../src/iceberg/metadata.js'
import { makeMetadataCopy, parseCopyNumber } from '../../src/iceberg/metadataCopy.js'
import { listOldMetadata } from '../../src/iceberg/oldMetadata.js'
import { METADATA_LOG_LENGTH } from '../../src/iceberg/snapshot.js'
import { SPEC } from './examples.js'
import { append, commitMetadata, DAY_MS, HOUR_MS, load, makeUpkeepTable, type UpkeepTable } from './upkeepTable.js'

const FOLDER = `tables/${SPEC.name}/metadata`

async function makeTable(): Promise<Table> {
  const of = await makeUpkeepTable()
  await append(of, 'a')
  return load(of)
}

describe('a copy of a metadata file', () => {
  test('says the same, and names that file as the one before it', async () => {
    const table = await makeTable()
    const copy = makeMetadataCopy(table)
    expect(copy.name).toMatch(
      /^00002-[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.metadata\.json$/,
    )
    const said = parseMetadata(Buffer.from(copy.bytes).toString(), copy.name)
    expect(said).toEqual({
      ...table.metadata,
      'metadata-log': [
        ...table.metadata['metadata-log'],
        { 'timestamp-ms': table.metadata['last-updated-ms'], 'metadata-file': `s3://b/lake/${table.metadataKey}` },
      ],
    })
  })

  test('has one name, and another where anything in it differs', async () => {
    const table = await makeTable()
    const { name } = makeMetadataCopy(table)
    const changed = (change: Partial<Table['metadata']>) => ({ ...table, metadata: { ...table.metadata, ...change } })
    expect(makeMetadataCopy({ ...table, metadata: structuredClone(table.metadata) }).name).toBe(name)
    const others = [
      { ...table, version: 3 },
      changed({ location: 's3://other/lake/tables/objects_v1' }), // a lake at the same prefix of another bucket
      changed({ 'table-uuid': randomUUID() }), // one that was made anew
      changed({ 'last-updated-ms': table.metadata['last-updated-ms'] + 1 }), // one that was put back and went on otherwise
    ]
    expect(new Set([name, ...others.map(other => makeMetadataCopy(other).name)]).size).toBe(5)
  })

  test('is known by its name alone', async () => {
    const { name } = makeMetadataCopy(await makeTable())
    const numberOf = (file: string) => parseCopyNumber(`s3://b/lake/${FOLDER}/${file}`)
    expect(
      [name, `00003${name.slice(5)}`, `0${name}.gz`, 'v2.metadata.json', `00002-${randomUUID()}.metadata.json`].map(
        numberOf,
      ),
    ).toEqual([2, undefined, undefined, undefined, undefined])
    expect(parseCopyNumber(name)).toBeUndefined() // no key
  })

  test('has a name like no other writer’s, of any number', async () => {
    const table = await makeTable()
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000_000 }), fc.uuid(), (version, uuid) => {
        const key = `${FOLDER}/${makeMetadataCopy({ ...table, version }).name}`
        const another = `${FOLDER}/${String(version).padStart(5, '0')}-${uuid}.metadata.json`
        return parseCopyNumber(key) === version && parseCopyNumber(another) === undefined
      }),
    )
  })
})

describe('copies that a catalog has named', () => {
  /** Copies the table as it is now. @returns the number */
  async function copy(of: UpkeepTable): Promise<number> {
    const table = await load(of)
    const { name, bytes } = makeMetadataCopy(table)
    await of.store.put(`${FOLDER}/${name}`, bytes)
    return table.version
  }

  async function commit(of: UpkeepTable, times: number): Promise<void> {
    for (let i = 0; i < times; i++) await commitMetadata(of, () => ({}))
  }

  const copiesOf = ({ store }: UpkeepTable) =>
    [...store.objects.keys()].flatMap(key => parseCopyNumber(key) ?? []).sort((a, b) => a - b)

  const expire = (of: UpkeepTable) =>
    expireSnapshots(of.catalog, SPEC.name, { keep: 1, graceMs: DAY_MS, dryRun: false }, of.effects)

  /** Version 1 is copied, then 102, and the table goes on to 203. */
  async function makeCopied(): Promise<UpkeepTable> {
    const of = await makeUpkeepTable()
    await copy(of)
    of.clock.ms += 30 * DAY_MS
    await commit(of, METADATA_LOG_LENGTH + 1)
    await copy(of)
    return of
  }

  test('stay for a week after a later one was put, however old they and their versions are', async () => {
    const of = await makeCopied()
    of.clock.ms += 7 * DAY_MS
    await commit(of, 1)
    await expire(of)
    expect(copiesOf(of)).toEqual([1, 102])
    of.clock.ms += HOUR_MS
    await commit(of, 1)
    const dry = await expireSnapshots(of.catalog, SPEC.name, { keep: 1, graceMs: DAY_MS, dryRun: true }, of.effects)
    expect(await expire(of)).toEqual(dry)
    expect(copiesOf(of)).toEqual([102])
  })

  test('stay as long as the version does', async () => {
    const of = await makeUpkeepTable()
    await copy(of)
    await commit(of, 1)
    await copy(of)
    await commit(of, METADATA_LOG_LENGTH - 1)
    of.clock.ms += 30 * DAY_MS
    await commit(of, 1) // 102: the log names 2
    await expire(of)
    expect([copiesOf(of), of.store.objects.has(`${FOLDER}/v1.metadata.json`)]).toEqual([[2], false])
    expect(of.store.objects.has(`${FOLDER}/v2.metadata.json`)).toBe(true)
  })

  test('stay where there is none later, whatever becomes of the version', async () => {
    const of = await makeCopied()
    await commit(of, METADATA_LOG_LENGTH + 1)
    of.clock.ms += 365 * DAY_MS
    await commit(of, 1)
    await expire(of)
    expect([copiesOf(of), of.store.objects.has(`${FOLDER}/v102.metadata.json`)]).toEqual([[102], false])
  })

  test('stay where they were put again since', async () => {
    const of = await makeUpkeepTable()
    const first = makeMetadataCopy(await load(of))
    await copy(of)
    await commit(of, METADATA_LOG_LENGTH + 1)
    await copy(of)
    of.clock.ms += 8 * DAY_MS
    await of.store.put(`${FOLDER}/${first.name}`, first.bytes) // by who shows the lake elsewhere, and is behind
    of.clock.ms += 8 * DAY_MS
    await commit(of, 1)
    await expire(of)
    expect(copiesOf(of)).toEqual([1, 102])
    await copy(of) // 103: now it is shown there
    of.clock.ms += 8 * DAY_MS
    await commit(of, 1)
    await expire(of)
    expect(copiesOf(of)).toEqual([102, 103])
  })

  test('go, and what other writers have called alike stays, and is no version of the table', async () => {
    const of = await makeCopied()
    const foreign = `${FOLDER}/00001-${randomUUID()}.metadata.json`
    await of.store.put(foreign, Buffer.from('{}'))
    await of.store.put(foreign.replace('00001', '00999'), Buffer.from('{}'))
    of.clock.ms += 8 * DAY_MS
    await commit(of, 1)
    expect((await listOldMetadata(await load(of))).map(({ key }) => key)).not.toContain(foreign)
    await expire(of)
    expect([copiesOf(of), of.store.objects.has(foreign)]).toEqual([[102], true])
    expect((await load(of)).version).toBe(103)
  })
})
