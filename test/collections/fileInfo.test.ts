import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { countFiles, findAbsent } from '../../src/collections/countFiles.js'
import { findFileInfo } from '../../src/collections/fileInfo.js'
import { toConnector } from '../../src/config/connector.js'
import { connectorSchema } from '../../src/config/schema.js'
import { changeCollections } from '../../src/lake/lakeCollections.js'
import { fileInfoSources } from '../../src/snapshot/folderSources.js'
import { registerViews } from '../../src/snapshot/lakeViews.js'
import type { Receipt } from '../../src/snapshot/receipts.js'
import {
  appendImport,
  closeHandmadeLake,
  type HandmadeImport,
  type HandmadeLake,
  openHandmadeLake,
  vouchFor,
} from '../snapshot/handmadeLake.js'

const receiptOf = (snapshot: string, scope = '', sampleRate: number | null = null, connector = 'a'): Receipt =>
  ({
    ...{ connector, snapshot, scope, sample_rate: sampleRate, import_id: `${snapshot}${scope}` },
    source: scope === '' && sampleRate === null ? 'inventory' : 'api',
  }) as Receipt

const connector = toConnector(
  'a',
  connectorSchema.parse({
    source_bucket: 'photo-bucket',
    freshness: { warn_after: '36h', error_after: '72h' },
    schedule: 'daily',
  }),
  '/',
)
const NOW = new Date('2026-01-21T01:00:00Z')
const T1 = '2026-01-20T01-00Z'
const SCAN = '2026-01-20T10-31-07Z'

test.each([
  [{}, 'none', null],
  [{ freshness: { error_after: '9d', warn_after: '2d' } }, 'warn', '3 days old, more than 2 days'],
])('of a connector that is imported by hand, with %j, its age is judged as %s', (settings, freshness, warning) => {
  const byHand = connectorSchema.parse({ source_bucket: 'photo-bucket', schedule: 'manual', ...settings })
  const folder = { connector: 'a', folder: 'x/' }
  const facts = findFileInfo(folder, [receiptOf('2026-01-18T01-00Z')], [toConnector('a', byHand, '/')], NOW)
  expect(facts).toMatchObject({ freshness, warning, updated_at: new Date('2026-01-18T01:00Z') })
})

describe('where FileInfo comes from', () => {
  test.each<[what: string, receipts: Receipt[], folder: string, facts: object]>([
    [
      'nothing',
      [],
      'x/',
      { source: null, updated_at: null, freshness: 'none', warning: 'nothing has looked at it yet' },
    ],
    [
      'a snapshot',
      [receiptOf(T1)],
      'x/',
      {
        source: 'inventory',
        snapshot: T1,
        updated_at: new Date('2026-01-20T01:00Z'),
        freshness: 'fresh',
        warning: null,
      },
    ],
    [
      'an old one',
      [receiptOf('2026-01-19T01-00Z')],
      'x/',
      { freshness: 'warn', warning: '2 days old, more than 36 h' },
    ],
    [
      'a very old one',
      [receiptOf('2026-01-10T01-00Z')],
      'x/',
      { freshness: 'error', warning: '11 days old, more than 3 days' },
    ],
    [
      'a newer scan of it',
      [receiptOf(T1), receiptOf(SCAN, 'x/')],
      'x/',
      { source: 'api', snapshot: SCAN, warning: null },
    ],
    ['a newer scan around it', [receiptOf(T1), receiptOf(SCAN, 'x/')], 'x/y/', { source: 'api', snapshot: SCAN }],
    ['a newer scan of half a name around it', [receiptOf(T1), receiptOf(SCAN, 'x')], 'x/y/', { snapshot: SCAN }],
    [
      'a newer scan of a part of it',
      [receiptOf(T1), receiptOf(SCAN, 'x/y/')],
      'x/',
      { source: 'inventory', snapshot: T1 },
    ],
    ['a newer scan beside it', [receiptOf(T1), receiptOf(SCAN, 'xy/')], 'x/', { snapshot: T1 }],
    ['an older scan of it', [receiptOf(SCAN), receiptOf(T1, 'x/')], 'x/', { snapshot: SCAN }],
    ['a scan of it alone', [receiptOf(SCAN, 'x/')], 'x/', { source: 'api', snapshot: SCAN }],
    [
      'a scan of a part alone',
      [receiptOf(SCAN, 'x/y/')],
      'x/',
      { source: null, warning: 'only parts of it have been looked at: x/y/' },
    ],
    ['another connector', [receiptOf(T1, '', null, 'b')], 'x/', { source: null }],
    [
      'a sample',
      [receiptOf(T1, '', 0.1)],
      'x/',
      { source: 'api', warning: 'of a sample of 10 %: most files are missing' },
    ],
    ['a scan after a sample', [receiptOf(T1, '', 0.1), receiptOf(SCAN, 'x/')], 'x/', { snapshot: SCAN, warning: null }],
    ['the whole bucket', [receiptOf(T1), receiptOf(SCAN, 'x/')], '', { source: 'inventory', snapshot: T1 }],
  ])('%s', (_, receipts, folder, facts) =>
    expect(findFileInfo({ connector: 'a', folder }, receipts, [connector], NOW)).toMatchObject(facts),
  )

  test('of a connector that is gone nothing is expected, which is told', () =>
    expect(findFileInfo({ connector: 'a', folder: 'x/' }, [receiptOf('2026-01-10T01-00Z')], [], NOW)).toMatchObject({
      freshness: 'none',
      warning: "connector a is gone: it can't be refreshed",
    }))
})

const KEYS = ['a/1', 'a/2', 'a/x/1', 'a/x/y/1', 'ab/1', 'b/1', '\u{1f600}/1', '\uff00/1', "it's/1", 'a%/1', 'top']
const LATER = '2026-01-21T10-31-07Z'
const IMPORTS: readonly HandmadeImport[] = [
  { id: 'w', snapshot: T1, keys: KEYS },
  { id: 's', snapshot: SCAN, scope: 'a/x/', keys: ['a/x/1', 'a/x/new'] },
  { id: 't', snapshot: LATER, scope: 'a/x/y', keys: ['a/x/y2', 'a/x/y/3'] }, // no folder
  { id: 'u', snapshot: SCAN, scope: 'b/', keys: [] },
  { id: 'o', connector: 'other', snapshot: T1, keys: ['a/1'] },
  { id: 'p', connector: 'only', snapshot: SCAN, scope: 'a/', keys: ['a/9'] },
  { id: 'q', connector: 'sampled', snapshot: T1, sampleRate: 0.1, keys: ['a/1', 'b/1'] },
]
const FOLDERS = ['', 'a/', 'a/x/', 'a/x/y/', 'ab/', 'b/', 'a', 'gone/', '\u{1f600}/', '\uff00/', "it's/", 'a%/', 'a_/']
const CONNECTORS = ['a', 'other', 'only', 'sampled', 'never']

describe('the view file_info', () => {
  let lake: HandmadeLake
  const collections = CONNECTORS.flatMap(connector =>
    FOLDERS.map((folder, i) => ({
      collection: `col_${Buffer.from(`${connector}${i}`).toString('hex').padEnd(32, '0').slice(0, 32)}`,
      ...{ name: `${connector} ${i}`, connector, folder, created_at: new Date(0), created_by: 'anna', version: 0 },
    })),
  )
  beforeAll(async () => {
    lake = await openHandmadeLake()
    for (const made of IMPORTS) {
      await appendImport(lake, made)
      await vouchFor(lake, made)
    }
    const effects = { now: () => new Date(0), sleep: async () => {}, random: () => 0 }
    await changeCollections(lake.store, () => collections, { ...effects, signal: new AbortController().signal })
    await registerViews(['file_info', 'collections', 'objects_current', 'snapshots'], lake)
  })
  afterAll(() => closeHandmadeLake(lake))

  test('has what objects_current has in each folder', async () => {
    const rows = await lake.engine.rows('select collection, key, source from file_info order by all')
    expect(rows.length).toBeGreaterThan(30)
    expect(rows).toEqual(
      await lake.engine.rows(
        `select c.collection, o.key, s.source from objects_current o
         join snapshots s using (import_id)
         join collections c on c.connector = o.connector and starts_with(o.key, c.folder) order by all`,
      ),
    )
  })

  test('says when each file was looked at', async () => {
    const [{ collection } = { collection: '' }] = collections.filter(
      ({ connector, folder }) => connector === 'a' && folder === 'a/',
    )
    const rows = await lake.engine.rows(
      `select key, source, strftime(updated_at, '%d %H:%M:%S') as at from file_info where collection = $collection order by 1`,
      { collection },
    )
    expect(rows.map(row => Object.values(row).join(' '))).toEqual([
      'a/1 inventory 20 01:00:00',
      'a/2 inventory 20 01:00:00',
      'a/x/1 api 20 10:31:07',
      'a/x/new api 20 10:31:07',
      'a/x/y/3 api 21 10:31:07',
      'a/x/y2 api 21 10:31:07',
    ])
  })

  test('has columns of the same names and types where there is nothing', async () => {
    const describe = async () =>
      (await lake.engine.rows('describe file_info')).map(row => `${row.column_name} ${row.column_type}`)
    const columns = await describe()
    const empty = { ...lake, store: Object.assign(Object.create(lake.store), { list: async function* () {} }) }
    await registerViews(['file_info', 'collections'], empty)
    expect(await describe()).toEqual(columns)
    expect(await lake.engine.rows('select * from file_info')).toEqual([])
    await registerViews(['file_info', 'collections'], lake)
  })
})

test('the sources of a folder say nothing of each other’s keys', () => {
  const receipts = IMPORTS.map(({ snapshot, scope, sampleRate, connector }) =>
    receiptOf(snapshot, scope, sampleRate ?? null, connector),
  )
  for (const folder of FOLDERS) {
    const sources = fileInfoSources({ connector: 'a', folder }, receipts)
    for (const key of [...KEYS, 'a/x/y2'].filter(key => key.startsWith(folder)))
      expect(
        sources.filter(
          ({ receipt, except }) => key.startsWith(receipt.scope) && !except.some(prefix => key.startsWith(prefix)),
        ),
        key,
      ).toHaveLength(1)
  }
})

test('nothing is counted where nothing has looked', async () => {
  const lake = await openHandmadeLake()
  try {
    expect(await countFiles([{ connector: 'a', folder: 'x/' }], [], lake)).toEqual([undefined])
    expect(await findAbsent([{ connector: 'a', folder: 'x/' }], [], lake)).toEqual([])
  } finally {
    await closeHandmadeLake(lake)
  }
})
