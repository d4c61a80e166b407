import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { COMMANDS, run } from '../../src/cli.js'
import { readWithArrow } from '../oracles/independentReaders.js'
import { describeWithOracles } from '../oracles/oracles.js'
import { BytesSink } from '../output/bytesSink.js'
import { TextSink } from '../output/textSink.js'
import { openSmallLake, type SmallPlace } from './smallLake.js'

let lake: SmallPlace
beforeAll(async () => {
  lake = await openSmallLake()
})
afterAll(() => lake.remove())

const KEYS = 'select key, size, last_modified_date from objects_latest where is_latest and size > 1000 order by key'

/** What is in the folder, but for what was there before. */
const outputs = async (): Promise<string[]> =>
  (await readdir(lake.folder)).filter(name => !['lake', 'reports', 'stocktake.yaml'].includes(name)).sort()

async function runBytes(
  ...args: string[]
): Promise<{ readonly code: number; readonly stdout: Buffer; readonly stderr: string }> {
  const [stdout, stderr] = [new BytesSink(), new TextSink()]
  const world = { stdout, stderr, cwd: lake.folder, env: {}, now: () => new Date('2026-01-22T01:00:00Z') }
  const code = await run(args, COMMANDS, { ...world, signal: new AbortController().signal })
  return { code, stdout: stdout.bytes, stderr: stderr.text }
}

describe('--output', () => {
  let n = 0
  /** A name of its own for each test. */
  const nameOf = (extension: string) => `out${++n}${extension}`

  test.each<[string, string]>([
    ['.csv', 'key,size\n2025/a b.jpg,2000000\n2025/raw/b.cr3,9000000\n'],
    ['.jsonl', '{"key":"2025/a b.jpg","size":2000000}\n{"key":"2025/raw/b.cr3","size":9000000}\n'],
    ['.json', '[\n{"key":"2025/a b.jpg","size":2000000},\n{"key":"2025/raw/b.cr3","size":9000000}\n]\n'],
    ['.md', '| key | size |\n| --- | --- |\n| 2025/a b.jpg | 2000000 |\n| 2025/raw/b.cr3 | 9000000 |\n'],
    ['.txt', 'key                size\n2025/a b.jpg    2000000\n2025/raw/b.cr3  9000000\n'],
    ['.CSV', 'key,size\n2025/a b.jpg,2000000\n2025/raw/b.cr3,9000000\n'],
  ])('F%s', async (extension, text) => {
    const name = nameOf(extension)
    const answer = await lake.run('query', `select key, size from (${KEYS}) limit 2`, '--output', name)
    expect({ code: answer.code, stdout: answer.stdout }).toEqual({ code: 0, stdout: '' })
    expect(answer.stderr).toBe(`wrote 2 rows to ${name} (${text.length} B)\n`)
    expect(await readFile(join(lake.folder, name), 'utf8')).toBe(text)
  })

  test('says nothing with --quiet, and takes a format that says the same', async () => {
    const name = nameOf('.csv')
    expect(await lake.run('query', 'select 1 as n', '-o', name, '--quiet', '--format', 'csv')).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    })
    expect(await readFile(join(lake.folder, name), 'utf8')).toBe('n\n1\n')
  })

  test('holds the rows of a statement in a file, of EXPLAIN, and of none', async () => {
    await writeFile(join(lake.folder, 'q.sql'), 'select 1 as n where false -- none')
    const [none, explained] = [nameOf('.csv'), nameOf('.txt')]
    expect((await lake.run('query', '-f', 'q.sql', '-o', none)).stderr).toBe(`wrote 0 rows to ${none} (2 B)\n`)
    expect((await lake.run('query', 'explain select 1', '-o', explained)).code).toBe(0)
    expect(await readFile(join(lake.folder, none), 'utf8')).toBe('n\n')
  })

  test('refuses a file that is there, and replaces it with --overwrite', async () => {
    const name = nameOf('.csv')
    await writeFile(join(lake.folder, name), 'old')
    const refused = await lake.run('query', 'select 1 as n', '-o', name)
    expect(refused).toEqual({
      code: 2,
      stdout: '',
      stderr: `stocktake: …/${name}: ${name} is there already; --overwrite replaces it\n`,
    })
    expect(await readFile(join(lake.folder, name), 'utf8')).toBe('old')
    expect((await lake.run('query', 'select 1 as n', '-o', name, '--overwrite')).code).toBe(0)
    expect(await readFile(join(lake.folder, name), 'utf8')).toBe('n\n1\n')
  })

  test.each(['.csv', '.parquet', '.arrow', '.arrows', '.jsonl'])(
    'F%s of a query that fails half-way is not there, and what was there stays',
    async extension => {
      const name = nameOf(extension)
      const sql = "select if(range < 100000, range, error('half-way')) as n from range(100001)"
      expect(await lake.run('query', sql, '-o', name)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('half-way'),
      })
      expect(await outputs()).not.toContain(name)
      await writeFile(join(lake.folder, name), 'old')
      expect((await lake.run('query', sql, '-o', name, '--overwrite')).code).toBe(1)
      expect(await readFile(join(lake.folder, name), 'utf8')).toBe('old')
    },
  )

  test.each<[string[], string]>([
    [
      ['-o', 'rows.xlsx'],
      '--output rows.xlsx: expected a name that ends in .parquet, .csv, .jsonl, .json, .arrow, .arrows, .md, .txt, got .xlsx',
    ],
    [['-o', 'rows'], 'got no ending'],
    [['-o', '.csv'], 'got no ending'],
    [['-o', 'rows.csv', '--format', 'json'], '--format json: expected csv, by the name of rows.csv'],
    [['-o', 'rows.csv', '--format', 'arrow'], 'expected csv'],
    [['-o', 'rows.jsonl', '--format', 's3-batch'], '--format s3-batch: expected --output F.csv, got rows.jsonl'],
    [
      ['-o', 's3://bucket/rows.csv'],
      'expected a file, got a URL; write a file, and copy it: aws s3 cp F s3://bucket/rows.csv',
    ],
    [['-o', 'none/rows.csv'], 'expected a folder, got none'],
    [['-o', 'rows.csv/'], 'got no ending'],
    [['--overwrite'], '--overwrite: expected --output F with it'],
    [['--format', 'parquet'], 'expected one of'],
    [['--format', 'ncdu'], 'expected one of'],
  ])('%j is refused with exit code 2, before the lake is asked', async (args, message) => {
    const before = await outputs()
    const { code, stdout, stderr } = await lake.run('query', 'select 1', ...args, '--lake', 'elsewhere')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(await outputs()).toEqual(before)
  })

  test('EXPLAIN has no Parquet file', async () => {
    expect(await lake.run('query', 'explain select 1', '-o', 'x.parquet')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('expected a query, for a Parquet file'),
    })
  })

  describeWithOracles('is read by others', () => {
    test.each(['.parquet', '.arrow', '.arrows', '.csv', '.jsonl'])('F%s', async extension => {
      const name = nameOf(extension)
      await lake.run('query', KEYS, '-o', name)
      const { pyarrow, polars } = await readWithArrow(join(lake.folder, name))
      for (const { columns, rows } of [pyarrow, polars]) {
        expect(columns.map(([name]) => name)).toEqual(['key', 'size', 'last_modified_date'])
        expect(rows.map(([key, size]) => [key, size])).toEqual([
          ['2025/a b.jpg', '2000000'],
          ['2025/raw/b.cr3', '9000000'],
          ['2026/c.jpg', '1000000'],
          ['2026/d.jpg', '4000000'],
        ])
      }
      if (extension !== '.csv' && extension !== '.jsonl')
        expect([pyarrow.columns[1]?.[1], pyarrow.columns[2]?.[1]]).toEqual(['int64', 'timestamp[us]'])
    })
  })
})

describe('--format arrow', () => {
  test('is a stream of the rows, with the types of the view', async () => {
    const { code, stdout, stderr } = await runBytes(
      'query',
      `select key, size, dt from objects_latest where key = '2026/d.jpg'`,
      '--format',
      'arrow',
    )
    const table = tableFromIPC(stdout)
    expect({ code, stderr, rows: table.toArray().map(row => row.toJSON()) }).toEqual({
      code: 0,
      stderr: '',
      rows: [{ key: '2026/d.jpg', size: 4_000_000n, dt: Date.UTC(2026, 0, 20) }],
    })
    expect(table.schema.fields.map(({ type }) => String(type))).toEqual(['Utf8', 'Int64', 'Date32<DAY>'])
  })

  test.each<[string[], string, string, unknown]>([
    [['snapshots'], 'object_count', 'Int64', 5n],
    [['snapshots'], 'sample_rate', 'Float64', null],
    [['snapshots'], 'report_created_at', 'Timestamp<MICROSECOND>', Date.UTC(2026, 0, 20, 1)],
    [['folders', 'photos'], 'total_size_bytes', 'Int64', 11_000_000n],
    [['folders', 'photos'], 'depth', 'Int64', 1n],
    [['files', 'photos', '--recursive'], 'last_modified_date', 'Timestamp<MICROSECOND>', Date.UTC(2026, 0, 1, 10, 30)],
    [['files', 'photos', '--recursive'], 'is_latest', 'Bool', true],
    [['files', 'photos', '--recursive'], 'storage_class', 'Utf8', null],
    [['diff', 'photos'], 'size_before', 'Int64', 3_000_000n],
    [['diff', 'photos', '--summary'], 'new_count', 'Int64', 1n],
    [['report', 'savings'], 'listed_count', 'Int64', 7n],
    [['report', 'savings'], 'saved_usd', 'Float64', expect.any(Number)],
    [['connectors', 'list'], 'name', 'Utf8', 'listed'],
  ])('%j: %s is %s', async (args, column, type, value) => {
    const { code, stdout, stderr } = await runBytes(...args, '--format', 'arrow')
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    const table = tableFromIPC(stdout)
    const vector = table.getChild(column)
    expect([String(vector?.type), vector?.get(0)]).toEqual([type, value])
  })

  test('is no use on a terminal', async () => {
    const [stdout, stderr] = [new TextSink(80), new TextSink()]
    const world = { stdout, stderr, cwd: lake.folder, env: {}, now: () => new Date() }
    for (const command of [['query', 'select 1'], ['snapshots']]) {
      const code = await run([...command, '--format', 'arrow'], COMMANDS, {
        ...world,
        signal: new AbortController().signal,
      })
      expect([code, stdout.text]).toEqual([2, ''])
    }
    expect(stderr.text).toContain('expected a pipe or a file to write to, got a terminal')
  })
})

describe('formats of one command are refused by the others, with what they are for', () => {
  test.each([
    [['snapshots', '--format', 's3-batch'], 's3-batch'],
    [['snapshots', '--format', 'ncdu'], 'ncdu'],
    [['folders', 'photos', '--format', 's3-batch'], 's3-batch'],
    [['files', 'photos', '--format', 'ncdu'], 'ncdu'],
  ])('%j', async (args, format) => {
    const { code, stdout, stderr } = await lake.run(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(`format: got ${JSON.stringify(format)}, expected one of`)
    expect(stderr).toContain(`; see stocktake ${args[0]} --help`)
  })
})

describe('--format s3-batch', () => {
  afterEach(async () => {
    expect(await outputs()).not.toContainEqual(expect.stringMatching(/^\.tmp-|manifest/))
  })

  test('is a manifest of the rows', async () => {
    const sql =
      "select size, key, bucket from objects_latest where is_latest and not is_delete_marker and key < '2026' order by key"
    expect(await lake.run('query', sql, '--format', 's3-batch')).toEqual({
      code: 0,
      stdout: 'photo-bucket,2025/a%20b.jpg\nphoto-bucket,2025/raw/b.cr3\n',
      stderr: 'manifest of 2 rows, fields Bucket,Key: a job acts on the newest version of each key\n',
    })
  })

  test('has versions where the query has them', async () => {
    const sql = "select bucket, key, version_id from objects_latest where key = '2025/b.jpg' order by version_id"
    const { stdout, stderr } = await lake.run('query', sql, '--format', 's3-batch')
    expect([stdout, stderr]).toEqual([
      'photo-bucket,2025/b.jpg,v1\nphoto-bucket,2025/b.jpg,v2\n',
      'manifest of 2 rows, fields Bucket,Key,VersionId\n',
    ])
  })

  test('is refused whole for one row that is none, with nothing written', async () => {
    const sql = 'select bucket, key, version_id from objects_latest order by version_id nulls last'
    const { code, stdout, stderr } = await lake.run('query', sql, '--format', 's3-batch')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(
      's3-batch, row 3: expected a version in version_id, as all rows need one or none, got NULL',
    )
    expect((await lake.run('query', sql, '--format', 's3-batch', '-o', 'batch.csv')).code).toBe(1)
    expect(await outputs()).not.toContain('batch.csv')
  })

  test('needs its columns', async () => {
    expect(await lake.run('query', 'select key from objects', '--format', 's3-batch')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'expected the columns bucket and key, and version_id where versions are meant, got key',
      ),
    })
  })

  test('goes into a file', async () => {
    const sql = "select bucket, key from objects_latest where key = 'readme.txt'"
    const { stderr } = await lake.run('query', sql, '--format', 's3-batch', '-o', 'batch.csv')
    expect(stderr).toMatch(/^wrote 1 row to batch.csv \(24 B\)\nmanifest of 1 row, fields Bucket,Key/)
    expect(await readFile(join(lake.folder, 'batch.csv'), 'utf8')).toBe('photo-bucket,readme.txt\n')
  })
})

describe('--as-of', () => {
  const SQL = 'select snapshot, count(*) as n from objects_latest group by 1'

  test.each([
    ['2026-01-19T01-00Z', '2026-01-19T01-00Z', 6],
    ['2026-01-19', '2026-01-19T01-00Z', 6],
    ['2026-01-20T00:59Z', '2026-01-19T01-00Z', 6],
    ['2026-01-20T01:00Z', '2026-01-20T01-00Z', 7],
    ['2026-01-20T01:30:00+01:00', '2026-01-19T01-00Z', 6],
    ['2026-01-20', '2026-01-20T01-00Z', 7],
    ['2030-01-01', '2026-01-20T01-00Z', 7],
  ])('%s shows %s', async (asOf, snapshot, n) => {
    expect(await lake.rows('query', '--as-of', asOf, SQL)).toEqual([{ snapshot, n }])
  })

  test('holds for every view, and tells whose snapshots they are', async () => {
    const sql = `select (select count(*) from snapshots) as snapshots, (select count(distinct snapshot) from objects) as objects,
      (select count(distinct snapshot) from folders) as folders, (select count(*) from changes) as changes,
      (select count(distinct snapshot) from objects_current) as current`
    const answer = await lake.run('query', '--as-of', '2026-01-19', '--format', 'csv', sql)
    expect(answer).toEqual({
      code: 0,
      stdout: 'snapshots,objects,folders,changes,current\n1,1,1,0,1\n',
      stderr: 'as of 2026-01-19 23:59: photos 2026-01-19T01-00Z\n',
    })
  })

  test.each([
    ['2026-01-18', 3, 'no snapshot was taken by then; the oldest is 2026-01-19T01-00Z of photos'],
    [
      'yesterday',
      2,
      '--as-of: expected a time such as 2026-01-20T12:00Z, a date, or the name of a snapshot, got "yesterday"',
    ],
    ['2026-02-30', 2, 'expected a time'],
    ['', 2, '--as-of'],
  ])('%j: exit code %i', async (asOf, code, message) => {
    expect(await lake.run('query', '--as-of', asOf, SQL)).toMatchObject({
      code,
      stderr: expect.stringContaining(message),
    })
  })
})
