import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { listOddKeys } from '../../src/demo/oddKeys.js'
import type { DuckDB } from '../../src/engine/duckdb.js'
import { quoteString } from '../../src/engine/sqlText.js'
import { loadModel } from '../../src/models/model.js'
import { openModelEngine, selectNoRows } from '../models/inputs.js'
import { type Rows, runModelOnDuckDB, runModelOnTrino } from './bothEngines.js'

// Snapshots are compared by the fingerprints of their folders, whichever engine made them.

const trino = inject('trino') ?? ''

interface Content {
  readonly key: string
  readonly size?: bigint
  readonly eTag?: string
  /** `2026-01-20 01:00:00.123456` */
  readonly lastModified?: string
  readonly storageClass?: string
}

const whole: Content = {
  key: 'a/b.jpg',
  size: 10n,
  eTag: '0123456789abcdef0123456789abcdef',
  lastModified: '2026-01-13 01:00:00.000000',
  storageClass: 'STANDARD',
}

/** As facts are told: what the hash of an object is of. */
function hash({ key, size, eTag, lastModified, storageClass }: Content): bigint {
  const millis = lastModified === undefined ? '' : Date.parse(`${lastModified.slice(0, 23).replace(' ', 'T')}Z`)
  const text = [key, size ?? '', eTag ?? '', millis, storageClass ?? ''].join('\n')
  return createHash('md5').update(text).digest().readBigUInt64LE(8) & 0x7fff_ffff_ffff_ffffn
}

/** By the folders that the objects lie directly in. */
function fingerprintsOf(contents: readonly Content[]): Record<string, string> {
  const folders = new Map<string, bigint>()
  for (const content of contents) {
    const path = content.key.slice(0, content.key.lastIndexOf('/') + 1)
    folders.set(path, (folders.get(path) ?? 0n) ^ hash(content))
  }
  return Object.fromEntries([...folders].map(([path, value]) => [path, String(value)]))
}

describe.skipIf(trino === '')('a fingerprint is the same on both engines, and what is said of it:', () => {
  let engine: DuckDB
  beforeAll(async () => {
    engine = await openModelEngine()
  })
  afterAll(() => engine.close())

  test.each<[what: string, contents: readonly Content[]]>([
    ['one object', [whole]],
    ['several objects', [whole, { ...whole, key: 'a/c.jpg', size: 0n }, { ...whole, key: 'a/', eTag: 'x-2' }]],
    ['two that differ in the key alone', [whole, { ...whole, key: 'a/c.jpg' }]],
    ['nothing but a key', [{ key: 'a/b' }]],
    ['no ETag', [{ ...whole, eTag: undefined }]],
    ['the largest size', [{ ...whole, size: 9223372036854775807n }]],
    ['milliseconds', [{ ...whole, lastModified: '2026-01-13 01:00:00.999000' }]],
    ['microseconds, which are no part of it', [{ ...whole, lastModified: '2026-01-13 01:00:00.999999' }]],
    ['before 1970', [{ ...whole, lastModified: '1969-12-31 23:59:59.001000' }]],
    ['year 9999', [{ ...whole, lastModified: '9999-12-31 23:59:59.999000' }]],
    ['odd keys', listOddKeys().map(key => ({ ...whole, key }))],
  ])('%s', async (_, contents) => {
    const given = contents.map(selectContent).join(' union all ')
    const inputs = { objects: `${selectNoRows('objects')} union all by name (${given})` }
    const onDuckDB = await runModelOnDuckDB(loadModel('direct_folders', 'duckdb'), inputs, {}, engine)
    const onTrino = await runModelOnTrino(loadModel('direct_folders', 'trino'), inputs, {}, { engine, trino })
    expect(readFingerprints(onDuckDB)).toEqual(fingerprintsOf(contents))
    expect(readFingerprints(onTrino)).toEqual(fingerprintsOf(contents))
  })
})

const selectContent = ({ key, size, eTag, lastModified, storageClass }: Content): string =>
  `select ${literal(key)} as key, true as is_latest, false as is_delete_marker, cast(${size ?? 'null'} as bigint) as size,
    ${literal(eTag)} as e_tag, cast(${literal(lastModified)} as timestamp) as last_modified_date,
    ${literal(storageClass)} as storage_class`

const literal = (text: string | undefined): string => (text === undefined ? 'null' : quoteString(text))

function readFingerprints({ columns, rows }: Rows): Record<string, unknown> {
  const [path = 0, fingerprint = 0] = ['path', 'fingerprint'].map(name => columns.findIndex(each => each.name === name))
  return Object.fromEntries(rows.map(row => [String(row[path]), row[fingerprint]]))
}
