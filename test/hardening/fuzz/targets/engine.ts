import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { EngineLostError, QueryError } from '../../../../src/engine/engine.js'
import { quoteString } from '../../../../src/engine/sqlText.js'
import type { Schema } from '../../../../src/iceberg/schema.js'
import { prepareModels } from '../../../../src/streams/etlModels.js'
import { stageSegment } from '../../../../src/streams/stageSegment.js'
import { checkRows, type RowsFile } from '../../../../src/tables/checkRows.js'
import type { CheckTarget } from '../../../../src/tables/checkSql.js'
import { RowsFileError } from '../../../../src/tables/rowsFile.js'
import type { DeclaredColumn } from '../../../../src/tables/tableSpec.js'
import { type FuzzTarget, require } from '../fuzzTarget.js'
import { parseStream } from '../parseStream.js'
import { type EnginePlace, withEngine } from '../withEngine.js'
import { MESSAGES, STREAM_WORDS } from './streams.js'

const column = (name: string, type: DeclaredColumn['type'], more: Partial<DeclaredColumn> = {}): DeclaredColumn => ({
  name,
  type,
  required: false,
  ...more,
})
const COLUMNS: readonly DeclaredColumn[] = [
  column('id', 'string', { required: true }),
  column('n', 'long'),
  column('price', 'decimal(10,2)', { min: '0.00' }),
  column('at', 'timestamp'),
  column('day', 'date'),
  column('share', 'double'),
  column('is_new', 'boolean'),
  column('places', { type: 'list', 'element-id': 0, 'element-required': false, element: 'double' }),
  column('year', 'int', { filledBy: { column: 'at', transform: 'year' } }),
]
const fields: Schema['fields'] = COLUMNS.map(({ name, type, required }, i) => ({ id: i + 1, name, type, required }))
const TARGET: CheckTarget = { schema: { type: 'struct', 'schema-id': 0, fields }, columns: COLUMNS }

const CSV = `id,n,price,at,day,share,is_new,places
a,1,12.50,2026-03-01T10:00:00Z,2026-03-01,0.5,true,"[1, 2.5]"
"b ""x""
y",-9223372036854775808,0,2026-03-01 10:00:00.123456,1969-12-31,1e-300,false,
c,,,,,,,
`
const NDJSON = `{"id":"a","n":1,"price":12.50,"at":"2026-03-01T10:00:00Z","day":"2026-03-01","share":0.5,"is_new":true,"places":[1,2.5]}
{"id":"b\\u00e9","n":9223372036854775807,"price":"0.01","at":"1969-12-31T23:59:59.999999Z","share":-1e300,"places":[]}
{"id":"c","n":null}
`
const VALUES = [
  ...['9999-12-31', '-0001-01-01', '1e400', 'NaN', 'inf', '0x10', '12.505', '99999999.99', '100000000.00', 'TRUE', 't'],
  ...['"', '""', ',', '\n', '\r\n', '\0', '[', ']', '{', '}', 'null', '\\ud800', '\ufeff', 'é', '2026-02-30T25:00:00Z'],
]

/** A file of rows for a declared table: each of them is good or told as bad, and none is both or neither. */
const rows = (format: RowsFile['format'], seeds: (place: EnginePlace) => Promise<Uint8Array[]>): FuzzTarget => ({
  name: `table-rows-${format}`,
  refusals: [RowsFileError, QueryError],
  dictionary: [...VALUES, ...(format === 'parquet' ? ['PAR1', '\x15\x00', '\x19\x4c', '\xff\xff\xff\x7f'] : [])],
  mostMs: 4000,
  mostBytes: 400e6,
  mostInputBytes: 32_768,
  open: () =>
    withEngine(async place => ({
      seeds: await seeds(place),
      async read(input) {
        const engine = await place.engine()
        const path = join(place.folder, `rows.${format}`)
        await writeFile(path, input)
        try {
          const checked = await checkRows({ path, format }, TARGET, engine)
          const [counted] = await engine.rows(`select count(*) as n, count(id) as ids from (${checked.good})`)
          require(Number(counted?.n) === checked.goodRows, 'good rows are lost')
          require(counted?.ids === counted?.n, 'a good row lacks what is required')
          if (format === 'ndjson' && checked.unknownColumns.length === 0) {
            const lines = Buffer.from(input)
              .toString('latin1')
              .replace(/^\xef\xbb\xbf/, '')
              .split('\n')
            const filled = lines.filter(line => /[^ \t\r]/.test(line)).length
            require(input[0] === 0x1f ||
              checked.goodRows + checked.bad.count <= lines.length, 'there are rows of no line')
            require(input[0] === 0x1f || checked.goodRows + checked.bad.count >= filled, 'a line is lost')
          }
        } catch (error) {
          if (error instanceof EngineLostError) throw new Error(`the engine is lost: ${error.message}`)
          throw error
        } finally {
          const spill = join(place.folder, 'spill')
          await rm(spill, { recursive: true, force: true })
        }
      },
    })),
})

async function parquetSeeds({ folder, engine }: EnginePlace): Promise<Uint8Array[]> {
  const { readFile } = await import('node:fs/promises')
  const seeds: Uint8Array[] = []
  const select = `select 'a' || range as id, range as n, 1.5::decimal(10,2) as price, timestamp '2026-01-20 10:00:00' as at,
    date '2026-01-20' as day, 0.5::double as share, true as is_new, [1.5::double] as places from range(20)`
  for (const options of ['compression uncompressed', 'compression snappy, parquet_version v2', 'compression zstd']) {
    const path = join(folder, 'seed.parquet')
    await (await engine()).run(`copy (${select}) to ${quoteString(path)} (format parquet, ${options})`)
    seeds.push(await readFile(path))
  }
  return seeds
}

const csv = Buffer.from(CSV)
const ndjson = Buffer.from(NDJSON)

/** The lines of a segment, as etl makes rows of them: each line is a row, an event, nothing to keep, or told as rejected. */
const segmentRows: FuzzTarget = {
  name: 'stream-rows',
  refusals: [],
  dictionary: [
    ...STREAM_WORDS,
    '{"received_at":"2026-01-20T10:00:00.000Z","connection":"c1","sequence":1,"message":',
    '"text":',
    '"event":{"kind":"connected"}}',
  ],
  mostMs: 6000,
  mostBytes: 400e6,
  mostInputBytes: 16_384,
  open: () =>
    withEngine(async place => {
      const head = '{"received_at":"2026-01-20T10:00:00.000Z","connection":"c1","sequence":7,'
      const lines = [
        ...MESSAGES.map(each => `${head}"message":${each}}`),
        `${head}"event":{"kind":"connected"}}`,
        `${head}"text":"a"}`,
      ]
      const stream = parseStream('coinbase', { source: 'coinbase', products: ['BTC-USD'] })
      return {
        seeds: [Buffer.from(`${lines.join('\n')}\n`), ...lines.map(line => Buffer.from(`${line}\n`))],
        async read(input) {
          const engine = await place.engine()
          async function* bytes() {
            yield input
          }
          const staged = await stageSegment(bytes(), await prepareModels(stream, engine), {
            engines: [engine],
            freeMemory: () => {},
            check: () => {},
          })
          try {
            require(staged.rejectedLines <= staged.lines, 'more lines are rejected than there are')
            for (const channel of [...stream.channels, 'events']) {
              const from = staged.from(channel)
              if (from === undefined) continue
              const [found] = await engine.rows(`select count(*) - count(line) as none, max(line) as last from ${from}`)
              require(Number(found?.none) === 0 && Number(found?.last) <= staged.lines, 'a row is of no line')
            }
          } finally {
            await staged.remove()
          }
        },
      }
    }),
}

export const ENGINE_TARGETS: readonly FuzzTarget[] = [
  rows('csv', async () => [csv, gzipSync(csv), Buffer.from(`\ufeff${CSV.replaceAll('\n', '\r\n')}`)]),
  rows('ndjson', async () => [ndjson, gzipSync(ndjson)]),
  rows('parquet', parquetSeeds),
  segmentRows,
]
