import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CONNECTOR, FOLDERS, openHostileLake, SECRET_PARTS } from './hostileLake.js'
import { FIRST_ROWS, FIRST_TIME, openSmallLake, openSmallPlace, type SmallPlace } from './smallLake.js'

let lake: SmallPlace
beforeAll(async () => {
  lake = await openSmallLake()
})
afterAll(() => lake.remove())

const readPage = (place: SmallPlace, name: string) => readFile(join(place.folder, name), 'utf8')

/** What a person reads of a page: its text, with the blanks between. */
const textOf = (page: string): string =>
  page
    .replace(/<(style|script|pre)[^>]*>.*?<\/\1>/gs, '')
    .replace(/<\/?(?:bdi|b|em|small|wbr)\b[^>]*>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    .replace(/\s+/g, ' ')

async function writePage(place: SmallPlace, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await place.run('report', '--html', '-', ...args)
  if (code !== 0) throw new Error(stderr)
  return stdout
}

describe('a page', () => {
  test('is written whole to a file, which is told', async () => {
    const { code, stdout, stderr } = await lake.run('report', '--html', 'page.html', 'photos')
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toMatch(/^wrote page\.html: photos 2026-01-20T01-00Z, \d+ kB\n$/)
    expect(await readPage(lake, 'page.html')).toMatch(/^<!doctype html>\n.*<\/html>\n$/s)
    expect((await readdir(lake.folder)).filter(name => name.startsWith('.tmp-'))).toEqual([])
  })

  test('goes to stdout for -, where it is the same', async () => {
    expect(await writePage(lake, 'photos')).toBe(await readPage(lake, 'page.html'))
  })

  test('stays as it was where there is one, unless --overwrite', async () => {
    await writeFile(join(lake.folder, 'mine.html'), 'mine')
    const { code, stderr } = await lake.run('report', '--html', 'mine.html', 'photos')
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'stocktake: …/mine.html: mine.html is there already; --overwrite replaces it\n',
    })
    expect(await readPage(lake, 'mine.html')).toBe('mine')
    expect((await lake.run('report', '--html', 'mine.html', 'photos', '--overwrite')).code).toBe(0)
    expect(await readPage(lake, 'mine.html')).toContain('<!doctype html>')
  })

  test('says its figures, and how old they are', async () => {
    const text = textOf(await writePage(lake, 'photos'))
    expect(text).toContain('bucket photo-bucket · inventory report of 2026-01-20 01:00 UTC, 2 days old')
    expect(text).toContain('Size 16 MB of current objects Objects 5 current Old versions 3.0 MB in 1')
    expect(text).toContain('Prices are those of us-east-1 on 2026-11-21, without taxes and discounts.')
    expect(text).toContain('Since 2026-01-19 01:00 +1.0 MB +1 new, ~1 modified, −1 deleted')
  })

  test('has the figures of the reports', async () => {
    const text = textOf(await writePage(lake, 'photos'))
    for (const row of await lake.rows('report', 'ages', 'photos')) expect(text).toContain(` ${row.age} `)
    for (const row of await lake.rows('report', 'growth', 'photos'))
      expect(text).toContain(String(row.snapshot).slice(0, 10))
    expect(text).toContain('2025/ −1 −3.0 MB')
    expect(text).toContain('2026/ +1 =1 +4.0 MB')
    expect(text).toContain('at the root ~1 +20 B')
    expect(text).toContain('all +1 ~1 −1 =1 +1.0 MB')
  })

  test('has the SQL of each section, which query runs', async () => {
    const page = await writePage(lake, 'photos')
    const queries = [...page.matchAll(/<pre[^>]*>(.*?)<\/pre>/gs)].map(([, text]) =>
      (text ?? '').replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))),
    )
    expect(queries).toHaveLength(9)
    for (const sql of queries) expect(await lake.rows('query', sql)).not.toEqual([])
  })

  test("takes no report of a person's own for one that ships", async () => {
    await mkdir(join(lake.folder, 'reports'), { recursive: true })
    await writeFile(join(lake.folder, 'reports', 'classes.sql'), 'select 1 as mine')
    try {
      expect(textOf(await writePage(lake, 'photos'))).toContain('Storage classes')
    } finally {
      await rm(join(lake.folder, 'reports', 'classes.sql'))
    }
  })

  test('needs no name where the lake has one connector', async () => {
    expect(await writePage(lake)).toBe(await writePage(lake, 'photos'))
  })

  test.each<[args: string[], code: number, message: string]>([
    [['--html', 'x.html', 'fotos'], 3, 'did you mean photos?'],
    [['--html', 'x.html', 'listed'], 3, 'connector listed: no snapshot of it yet; stocktake import listed'],
    [['--html', 'no/x.html'], 2, '…/no: expected a folder, got none'],
    [['--html', ''], 2, '--html: expected the name of a file, or - for stdout, got none'],
    [['--html', 's3://b/x.html'], 2, '--html: expected a file, got a URL'],
    [['--html', '-', '--overwrite'], 2, '--html: expected a file with --overwrite, got stdout'],
    [['savings', 'photos', '--html', 'x.html'], 2, '--html: expected one connector at most, got savings photos'],
    [['--html', 'x.html', '--sql'], 2, '--html: expected it without --sql'],
    [['--html', 'x.html', '--format', 'json'], 2, '--html: expected it without --format'],
    [['--redact'], 2, 'redact'],
  ])('is refused with %j', async (args, code, message) => {
    const answer = await lake.run('report', ...args)
    expect(answer).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) })
    expect(await readdir(lake.folder)).not.toContain('x.html')
  })
})

describe('where there is little to say', () => {
  let place: SmallPlace
  beforeAll(async () => {
    place = await openSmallPlace()
  })
  afterAll(() => place.remove())

  test('a lake without snapshots has no page', async () => {
    await place.run('init')
    const { code, stderr } = await place.run('report', '--html', '-')
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: 'stocktake: --html: no snapshots yet; stocktake import CONNECTOR\n',
    })
  })

  test('a first snapshot has no changes and no growth', async () => {
    await place.putReport(FIRST_TIME, FIRST_ROWS)
    await place.run('import', 'photos')
    const text = textOf(await writePage(place))
    expect(text).toContain('The first snapshot: nothing to compare it with.')
    expect(text).toContain('One snapshot so far')
  })

  test('of many changed folders the largest have a line each, and the others one, which add up', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => ({
      ...{ key: `folder ${i}/new`, size: 1000 + i, eTag: 'e9', lastModified: new Date('2026-01-19T10:30:00Z') },
    }))
    const lost = FIRST_ROWS.filter(({ key }) => !String(key).startsWith('2025/'))
    await place.putReport('2026-01-20T01:00Z', [...lost, ...rows])
    await place.run('import', 'photos')
    const text = textOf(await writePage(place))
    expect(text).toContain('Changes What the snapshot changed against that of 2026-01-19 01:00 UTC, by folder.')
    expect(text.match(/ folder \d+\/ \+1 \+1\.\d kB/g)).toHaveLength(23)
    expect(text).toMatch(/ 2025\/raw\/ −1 −9\.0 MB/)
    expect(text).toContain('37 other folders +37 ')
    expect(text).toContain(' all +60 −3 −14 MB')
  })

  test('an empty bucket is one', async () => {
    await place.putReport('2026-01-21T01:00Z', [])
    await place.run('import', 'photos')
    const text = textOf(await writePage(place))
    expect(text).toContain('Size 0 B of current objects Objects 0 current')
    expect(text).toContain('Folders No objects.')
  })

  test('a sample says that it is one, and a scan lists no old versions', async () => {
    const other = await openSmallPlace()
    try {
      for (let i = 0; i < 40; i++) {
        await mkdir(join(other.folder, 'photo-bucket', `folder ${i}`), { recursive: true })
        await writeFile(join(other.folder, 'photo-bucket', `folder ${i}`, 'x'), 'x')
      }
      expect((await other.run('scan', 'photos', '--sample', '0.5')).code).toBe(0)
      const sample = textOf(await writePage(other))
      expect(sample).toContain('A sample of 50 % of the bucket: figures are of what was listed, and not scaled.')
      expect(sample).toContain("A sample: what it lacks isn't deleted")
      expect((await other.run('scan', 'photos', '--full')).code).toBe(0)
      const scan = textOf(await writePage(other))
      expect(scan).toContain('Size 40 B of current objects Objects 40 current Old versions not known a scan lists none')
      expect(scan).not.toContain('A sample')
    } finally {
      await other.remove()
    }
  })

  test('a report without sizes is drawn by objects', async () => {
    const fields = ['bucket', 'key', 'last_modified_date']
    await place.putReport('2026-01-22T01:00Z', [{ key: 'a/b' }, { key: 'a/c' }, { key: 'd/e' }] as never, { fields })
    const { stderr } = await place.run('import', 'photos')
    expect(stderr).toContain('2026-01-22T01-00Z')
    const text = textOf(await writePage(place))
    expect(text).toContain('by count, as no sizes are known')
    expect(text).toContain('Size not known of current objects Objects 3 current')
    expect(text).toContain('A month costs not known no price, or no size, is known')
    expect(text).toContain('No price, or no size, is known for 3 objects and old versions')
    expect(text).toMatch(/ Size 15 MB → 0 B /) // of those that are known
    expect(text).toContain(' 2026-01-22 01:00 not known not known 3 +3 ')
    expect(text).toContain(' 2026-01-21 01:00 0 B −')
  })

  test('where no snapshot has sizes there is no chart of them', async () => {
    const other = await openSmallPlace()
    try {
      const fields = ['bucket', 'key', 'version_id', 'is_latest', 'is_delete_marker', 'last_modified_date']
      const old = { key: 'a/b', versionId: 'v1', isLatest: false }
      for (const day of [20, 21]) {
        await other.putReport(`2026-01-${day}T01:00Z`, [{ key: 'a/b' }, old, { key: `d/${day}` }] as never, { fields })
        await other.run('import', 'photos', '--all')
      }
      const text = textOf(await writePage(other))
      expect(text).toMatch(/ Objects 2 → 2 /)
      expect(text).not.toMatch(/ Size \S+ \S+ → /)
      expect(text).toContain('Old versions not known in 1')
      expect(text).toContain(' 2026-01-21 01:00 not known not known 2 ')
      expect(text).toMatch(/ old versions a month not known not known 2 not known not known /)
      expect(text).not.toMatch(/\d B /)
    } finally {
      await other.remove()
    }
  })

  test('empty objects have a size, and folders without current objects no tile', async () => {
    const other = await openSmallPlace()
    try {
      const rows = ['a/b', 'a/c', 'd/e'].map(key => ({ key, size: 0, eTag: 'e1', lastModified: new Date(FIRST_TIME) }))
      const gone = { key: 'gone/x', versionId: 'v1', isLatest: false, size: 0, eTag: 'e', lastModified: new Date(0) }
      const marker = { key: 'gone/x', versionId: 'v2', isDeleteMarker: true, lastModified: new Date(0) }
      await other.putReport(FIRST_TIME, [...rows, marker, gone])
      await other.run('import', 'photos')
      const text = textOf(await writePage(other))
      expect(text).toContain('Size 0 B of current objects Objects 3 current Old versions 0 B in 1')
      expect(text).toContain('by count, as all objects are empty')
      expect(text).toContain(
        'Drawn are 3 of 4 folders; the others are too small, and gathered where they lie, or have no',
      )
    } finally {
      await other.remove()
    }
  })
})

describe('a page of hostile names', () => {
  let hostile: SmallPlace
  beforeAll(async () => {
    hostile = await openHostileLake()
  })
  afterAll(() => hostile.remove())

  test('has them as text only', async () => {
    const page = await writePage(hostile, CONNECTOR)
    expect(page.match(/<script/g)).toHaveLength(1)
    expect(page.match(/<style/g)).toHaveLength(1)
    expect(page).not.toMatch(/<(img|svg onload)|\u202e|\u2066/)
    const links = [...page.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, to]) => to)
    expect(links.filter(to => !/^#f\d+$/.test(to ?? ''))).toEqual(['data:,'])
    expect(textOf(page)).toContain('</script><img src=x onerror=alert(1)>quagga')
    expect(textOf(page)).toContain('\\u202egerenuk\\u2066kudu')
  })

  test('has every folder by its name, long ones cut', async () => {
    const text = textOf(await writePage(hostile, CONNECTOR))
    for (const name of FOLDERS.filter(name => name.length < 100 && !name.includes('\u202e') && !name.includes('/')))
      expect(text).toContain(name)
    expect(text).not.toContain('gazelle'.repeat(20))
  })

  test('tells nothing of other connectors', async () => {
    expect(await writePage(hostile, CONNECTOR)).not.toContain('kilimanjaro')
  })

  test('has none of them with --redact: not in a text, an attribute, a query, a style or a script', async () => {
    expect(SECRET_PARTS.length).toBeGreaterThan(25)
    const plain = (await writePage(hostile, CONNECTOR)).toLowerCase()
    expect(plain).toContain('serengeti')
    const page = (await writePage(hostile, CONNECTOR, '--redact')).toLowerCase()
    const found = SECRET_PARTS.filter(part => page.includes(part.toLowerCase()))
    expect(found).toEqual([])
    for (const part of SECRET_PARTS) {
      const encoded = [
        encodeURIComponent(part),
        Buffer.from(part).toString('base64'),
        Buffer.from(part).toString('hex'),
      ]
      for (const each of encoded) expect(page).not.toContain(each.toLowerCase())
    }
    expect(page).not.toContain(hostile.folder)
  })

  test('has the same tokens each time, and the figures of the page with names', async () => {
    const page = await writePage(hostile, CONNECTOR, '--redact')
    expect(await writePage(hostile, CONNECTOR, '--redact')).toBe(page)
    const figuresOf = (text: string) => text.match(/[\d.,]+ (?:[kMG]?B|objects|USD|%)(?= )/g)
    expect(figuresOf(textOf(page))).toEqual(figuresOf(textOf(await writePage(hostile, CONNECTOR))))
  })

  test('is told so, with no name on stderr', async () => {
    const { stderr } = await hostile.run('report', '--html', 'red.html', CONNECTOR, '--redact')
    expect(stderr).toMatch(/^wrote red\.html: connector-\w{8} 2026-01-20T01-00Z/)
    expect(stderr).toContain('names of the connector, its bucket and its folders are tokens')
  })
})

test('a bucket of 50,000 folders has a page of a few MB, which says what is left out', async () => {
  const place = await openSmallPlace()
  try {
    const rows = Array.from({ length: 50_000 }, (_, i) => ({
      key: `${'level one '.repeat(8)}${i % 40}/${'level two '.repeat(8)}${i % 2000}/${'deepest '.repeat(8)}${i}/file`,
      size: 1000 + (i % 977) ** 2,
      eTag: 'e1',
      lastModified: new Date('2026-01-01T10:30:00Z'),
    }))
    await place.putReport(FIRST_TIME, rows)
    await place.run('import', 'photos')
    const page = await writePage(place)
    expect(page.length).toBeLessThan(3_000_000)
    const [, drawn = '', all] = /Drawn are ([\d,]+) of ([\d,]+) folders/.exec(textOf(page)) ?? []
    expect(Number(drawn.replace(',', ''))).toBeLessThanOrEqual(1500)
    expect(all).toBe('52,041')
  } finally {
    await place.remove()
  }
})
