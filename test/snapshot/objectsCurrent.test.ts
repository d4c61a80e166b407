import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bindInputs, loadModel } from '../../src/models/model.js'
import { currentSources, latestReceipts } from '../../src/snapshot/currentSources.js'
import { selectTable } from '../../src/snapshot/lakeTables.js'
import { registerViews } from '../../src/snapshot/lakeViews.js'
import type { Receipt } from '../../src/snapshot/receipts.js'
import { OBJECTS, SNAPSHOTS } from '../../src/snapshot/tables.js'
import {
  appendImport,
  closeHandmadeLake,
  type HandmadeImport,
  type HandmadeLake,
  openHandmadeLake,
  vouchFor,
} from './handmadeLake.js'

let lake: HandmadeLake
beforeEach(async () => {
  lake = await openHandmadeLake()
})
afterEach(() => closeHandmadeLake(lake))

const T0 = '2026-01-18T01-00Z'
const T1 = '2026-01-19T01-00Z'
const T2 = '2026-01-19T10-31-07Z'
const T3 = '2026-01-20T12-00-00Z'

/** An import, and keys that it found. */
const whole = (id: string, snapshot: string, ...keys: string[]): HandmadeImport => ({ id, snapshot, keys })
const scan = (id: string, snapshot: string, scope: string, ...keys: string[]) => ({ id, snapshot, scope, keys })
const sample = (id: string, snapshot: string, ...keys: string[]) => ({ id, snapshot, sampleRate: 0.1, keys })

const KEYS = ['a/1', 'a/2', 'a/x/1', 'b/1']

/** What was imported, and which import each key comes from then. */
const LAKES: [what: string, imports: HandmadeImport[], shown: string[]][] = [
  ['nothing', [], []],
  ['a snapshot', [whole('w', T1, ...KEYS)], ['w a/1', 'w a/2', 'w a/x/1', 'w b/1']],
  [
    'a newer scan, which found one key gone and one new',
    [whole('w', T1, ...KEYS), scan('s', T2, 'a/', 'a/2', 'a/3', 'a/x/1')],
    ['s a/2', 's a/3', 's a/x/1', 'w b/1'],
  ],
  ['a newer scan that found nothing', [whole('w', T1, ...KEYS), scan('s', T2, 'a/')], ['w b/1']],
  ['a newer scan of all keys there are', [whole('w', T1, 'a/1'), scan('s', T2, 'a', 'a/1')], ['s a/1']],
  ['an older scan', [whole('w', T1, ...KEYS), scan('s', T0, 'a/', 'a/gone')], ['w a/1', 'w a/2', 'w a/x/1', 'w b/1']],
  [
    'a scan that is newer than its snapshot, and older than the next',
    [whole('w', T0, 'a/1'), scan('s', T1, 'a/', 'a/2'), whole('v', T2, 'a/3')],
    ['v a/3'],
  ],
  [
    'a scan in the minute of the report',
    [whole('w', T1, 'a/1', 'b/1'), scan('s', '2026-01-19T01-00-20Z', 'a/')],
    ['w b/1'],
  ],
  [
    'two scans of one prefix',
    [whole('w', T1, ...KEYS), scan('t', T3, 'a/', 'a/3'), scan('s', T2, 'a/', 'a/2')],
    ['t a/3', 'w b/1'],
  ],
  [
    'a scan inside of an older one',
    [whole('w', T1, ...KEYS), scan('s', T2, 'a/', 'a/1', 'a/x/2'), scan('t', T3, 'a/x/', 'a/x/3')],
    ['s a/1', 't a/x/3', 'w b/1'],
  ],
  [
    'a scan around an older one',
    [whole('w', T1, ...KEYS), scan('s', T2, 'a/x/', 'a/x/3'), scan('t', T3, 'a/', 'a/1')],
    ['t a/1', 'w b/1'],
  ],
  [
    'scans of one moment: what was made later counts',
    [whole('w', T1, ...KEYS), scan('s', T2, 'a/', 'a/1', 'a/x/2'), scan('t', T2, 'a/x/', 'a/x/3')],
    ['s a/1', 't a/x/3', 'w b/1'],
  ],
  [
    'a scan of half a name',
    [whole('w', T1, 'IMG_1', 'IMG_19', 'IMG_2'), scan('s', T2, 'IMG_1', 'IMG_18')],
    ['s IMG_18', 'w IMG_2'],
  ],
  [
    'a newer scan whose prefix no SQL can say',
    [whole('w', T1, ...KEYS), scan('s', T2, 'a\0/')],
    KEYS.map(key => `w ${key}`),
  ],
  ['scans alone', [scan('s', T1, 'a/', 'a/1'), scan('t', T2, 'b/', 'b/2')], ['s a/1', 't b/2']],
  [
    'a sample that is newer',
    [whole('w', T1, ...KEYS), scan('s', T2, 'a/', 'a/2'), sample('p', T3, 'a/1', 'b/9')],
    ['s a/2', 'w b/1'],
  ],
  [
    'a sample of a prefix',
    [whole('w', T1, ...KEYS), { ...scan('s', T2, 'a/', 'a/2'), sampleRate: 0.1 }],
    ['w a/1', 'w a/2', 'w a/x/1', 'w b/1'],
  ],
  [
    'a sample only, with an older scan and a newer one',
    [scan('s', T1, 'a/', 'a/2'), sample('p', T2, 'a/1', 'b/1', 'c/1'), scan('t', T3, 'b/', 'b/2')],
    ['p c/1', 's a/2', 't b/2'],
  ],
  [
    'hostile prefixes',
    [
      whole(
        'w',
        T1,
        "it's/1",
        'a%b/1',
        'a%c/1',
        'a_b/1',
        'axb/1',
        '\u{1f600}/1',
        '\u{1f601}/1',
        '\uff00/1',
        "' or true --",
      ),
      scan('q', T2, "it's/"),
      scan('p', T2, 'a%b'),
      scan('u', T2, 'a_'),
      scan('e', T2, '\u{1f600}'),
      scan('i', T2, "' or"),
    ],
    ['w a%c/1', 'w axb/1', 'w \uff00/1', 'w \u{1f601}/1'],
  ],
  [
    'another connector with the same keys',
    [whole('w', T1, ...KEYS), { ...scan('s', T2, 'a/', 'a/9'), connector: 'b' }],
    ['s a/9', 'w a/1', 'w a/2', 'w a/x/1', 'w b/1'],
  ],
]

describe.each(LAKES)('objects_current of %s', (_, imports, shown) => {
  beforeEach(async () => {
    for (const made of imports) {
      await appendImport(lake, made)
      await vouchFor(lake, made)
    }
  })

  const text = "select import_id || ' ' || key as shown from"

  test('as it is registered', async () => {
    await registerViews(['objects_current'], lake)
    const rows = await lake.engine.rows(`${text} objects_current`)
    expect(rows.map(row => row.shown).sort()).toEqual([...shown].sort())
  })

  test('by its text over the stored tables', async () => {
    const inputs: Record<string, string> = {}
    for (const spec of [OBJECTS, SNAPSHOTS]) inputs[spec.name] = await selectTable(lake.catalog, spec, [])
    const rows = await lake.engine.rows(`${text} (${bindInputs(loadModel('views/objects_current', 'trino'), inputs)})`)
    expect(rows.map(row => row.shown).sort()).toEqual([...shown].sort())
  })
})

test('the rows of a sample are marked', async () => {
  for (const made of [sample('p', T1, 'a/1', 'b/1'), scan('s', T2, 'a/', 'a/1')]) {
    await appendImport(lake, made)
    await vouchFor(lake, made)
  }
  await registerViews(['objects_current'], lake)
  expect(await lake.engine.rows('select key, sample_rate from objects_current order by 1')).toEqual([
    { key: 'a/1', sample_rate: null },
    { key: 'b/1', sample_rate: 0.1 },
  ])
})

test('a condition on key reaches the files of every source', async () => {
  for (const made of [whole('w', T1, ...KEYS), scan('s', T2, 'a/', 'a/2'), scan('t', T3, 'a/x/', 'a/x/3')]) {
    await appendImport(lake, made)
    await vouchFor(lake, made)
  }
  await registerViews(['objects_current'], lake)
  const sql = "select count(*) from objects_current where key >= 'a/' and key < 'a/x0'"
  const [plan] = await lake.engine.rows(`explain (format json) ${sql}`)
  const scans = [...String(plan?.explain_value).matchAll(/"Filters":\s*("[^"]*"|\[[^\]]*\])/g)].map(
    ([, filters]) => filters,
  )
  const onFiles = scans.filter(filters => filters?.includes("key>='a/'") && filters.includes("key<'a/x0'"))
  expect(onFiles, String(plan?.explain_value)).toHaveLength(3)
})

/** Receipts of whole snapshots, samples and scans, as far as it matters which of them is current. */
const receipts = fc.uniqueArray(
  fc.record({
    connector: fc.constantFrom('a', 'b'),
    snapshot: fc.constantFrom(T0, T1, T2, T3),
    scope: fc.stringMatching(/^[xy]{0,3}$/),
    sample_rate: fc.constantFrom(null, null, 0.1),
  }),
  { selector: ({ connector, snapshot, scope }) => JSON.stringify([connector, snapshot, scope]), maxLength: 12 },
)

const EVERY_KEY = ['', 'x', 'y', 'xx', 'xy', 'yx', 'yy', 'xxx', 'xyx', 'yyx', 'xxxy', 'z']

test('each key comes from the newest source whose scope it lies in, whatever there is', () => {
  fc.assert(
    fc.property(receipts, made => {
      const all = made.map((receipt, i) => ({ ...receipt, import_id: `i${String(i).padStart(2, '0')}` }) as Receipt)
      const sources = currentSources(latestReceipts(all), all)
      for (const connector of ['a', 'b'])
        for (const key of EVERY_KEY) {
          const found = sources
            .filter(({ receipt }) => receipt.connector === connector && key.startsWith(receipt.scope))
            .filter(({ except }) => !except.some(scope => key.startsWith(scope)))
            .map(({ receipt }) => receipt.import_id)
          expect(found).toEqual(expectedSource(all, connector, key))
        }
    }),
  )
})

/** The rule as it is said: of what covers the key, a whole listing before a sample, then the newest. */
function expectedSource(all: readonly Receipt[], connector: string, key: string): string[] {
  const order = ({ sample_rate, snapshot, scope, import_id }: Receipt): string =>
    [sample_rate === null ? 1 : 0, snapshot.replace('Z', ''), scope === '' ? 1 : 0, import_id].join(' ')
  const candidates = all
    .filter(receipt => receipt.connector === connector && key.startsWith(receipt.scope))
    .filter(({ sample_rate, scope }) => sample_rate === null || scope === '')
    .sort((a, b) => (order(a) < order(b) ? 1 : -1))
  return candidates.slice(0, 1).map(({ import_id }) => import_id)
}
