import { listOddKeys } from './oddKeys.js'
import { between, hashText, hexDigits, randomFrom } from './seededRandom.js'
import { type DemoDay, sportsFiles } from './sportsFiles.js'
import type { ReportRow } from './writeReport.js'

/** When the report of each day was taken. */
export const REPORT_TIMES: Readonly<Record<DemoDay, Date>> = {
  first: new Date('2026-01-19T01:00:00Z'),
  second: new Date('2026-01-20T01:00:00Z'),
}

/**
 * Every version of every object of the made-up bucket on that day, about 205,000, folder by folder. The same at each
 * call. What happens between the days: logs come and expire, a shoot comes in, pictures move to an archive and to a
 * colder storage class, sidecars are edited, a month of sports data vanishes, and backups are rotated.
 */
export function* demoVersions(day: DemoDay): Generator<ReportRow> {
  yield* photoVersions(day)
  yield* marketVersions(day)
  yield* sportsVersions(day)
  yield* logVersions(day)
  yield* backupVersions(day)
  yield* oddVersions(day)
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** What an object's size and date are drawn from, with its key as the seed. */
interface Kind {
  readonly fromBytes: number
  readonly toBytes: number
  readonly storageClass: string
  /** Times of the oldest and of the newest, from and to. */
  readonly from: number
  readonly to: number
}

/** From that size on, uploads come in parts, and the ETag is no MD5. */
const PART_BYTES = 8 << 20

/** @param identity of the content: another one is another size and ETag */
function version(key: string, kind: Kind, identity = key): ReportRow {
  const random = randomFrom(hashText(identity))
  const size = between(random, kind.fromBytes, kind.toBytes)
  const eTag = hexDigits(random, 32)
  const isMultipartUploaded = size >= PART_BYTES
  return {
    key,
    size,
    eTag: isMultipartUploaded ? `${eTag}-${Math.ceil(size / PART_BYTES)}` : eTag,
    lastModified: new Date(Math.floor(between(random, kind.from, kind.to) / 1000) * 1000),
    storageClass: kind.storageClass,
    isMultipartUploaded,
    encryptionStatus: 'SSE-S3',
    checksumAlgorithm: isMultipartUploaded ? 'CRC64NVME' : '',
  }
}

/** The newest version, and the one before it, kept since the bucket has versions. */
function* replaced(newer: ReportRow, older: ReportRow): Generator<ReportRow> {
  yield { ...newer, versionId: versionId(`${newer.key} new`) }
  yield { ...older, isLatest: false }
}

const versionId = (identity: string): string => hexDigits(randomFrom(hashText(identity)), 32)

/** Between the two reports. */
const SINCE_FIRST = { from: REPORT_TIMES.first.getTime(), to: REPORT_TIMES.second.getTime() - HOUR_MS }

interface Shoot {
  readonly place: string
  readonly date: string
  readonly shots: number
  readonly isEdited?: boolean
}

const MILLEDGEVILLE: Shoot = { place: '2020/Milledgeville, GA', date: '2020-06-13', shots: 180 }
const LAKE_TAHOE: Shoot = { place: '2024/Lake Tahoe', date: '2024-08-31', shots: 160, isEdited: true }
const NASHVILLE: Shoot = { place: '2026/Nashville', date: '2026-01-19', shots: 40 }

/** Those of before the first report. */
const SHOOTS: readonly Shoot[] = [
  MILLEDGEVILLE,
  { place: '2020/Atlanta', date: '2020-10-03', shots: 60, isEdited: true },
  { place: '2021/Savannah, GA', date: '2021-04-17', shots: 150 },
  { place: '2021/Asheville, NC', date: '2021-10-23', shots: 75 },
  { place: '2022/Köln', date: '2022-07-09', shots: 110 },
  { place: '2023/Charleston, SC', date: '2023-05-20', shots: 130 },
  LAKE_TAHOE,
  { place: '2025/Macon, GA', date: '2025-03-22', shots: 95, isEdited: true },
  { place: '2025/Chattanooga', date: '2025-11-08', shots: 90, isEdited: true },
]

function* photoVersions(day: DemoDay): Generator<ReportRow> {
  for (const shoot of SHOOTS) yield* shootVersions(shoot, day)
  if (day === 'second') yield* shootVersions(NASHVILLE, day)
  yield* unsortedVersions()
}

function* shootVersions(shoot: Shoot, day: DemoDay): Generator<ReportRow> {
  for (let shot = 1; shot <= shoot.shots; shot++) yield* shotVersions(shoot, shot, day)
}

const shotName = (shot: number): string => `IMG_${String(shot).padStart(4, '0')}`

function photoKinds({ date }: Shoot) {
  const taken = Date.parse(`${date}T15:00:00Z`)
  const common = { storageClass: 'STANDARD', from: taken, to: taken + 4 * HOUR_MS }
  return {
    raw: { ...common, fromBytes: 9_000_000, toBytes: 19_500_000 },
    jpeg: { ...common, fromBytes: 3_000_000, toBytes: 6_400_000 },
    sidecar: { ...common, fromBytes: 4_800, toBytes: 9_200 },
    tile: { ...common, fromBytes: 8_000, toBytes: 60_000 },
  }
}

/** A raw picture, its JPEG and its sidecar, each of which may be missing, and 21 tiles to zoom into. */
function* shotVersions(shoot: Shoot, shot: number, day: DemoDay): Generator<ReportRow> {
  const kinds = photoKinds(shoot)
  const was = `photos/${shoot.place}/${shotName(shot)}`
  const isMoved = day === 'second' && shoot === MILLEDGEVILLE && shot % 9 === 0
  const is = isMoved ? `photos/archive/${shoot.place}/${shotName(shot)}` : was
  const part = (ending: string, kind: Kind): ReportRow => ({
    ...version(is + ending, kind, was + ending),
    ...(isMoved && { lastModified: new Date('2026-01-19T09:30:00Z') }),
  })
  const isColder = day === 'second' && shoot.place.startsWith('2021/')
  if (hashText(`${was} raw`) % 61 !== 0)
    yield { ...part('.CR3', kinds.raw), ...(isColder && { storageClass: 'GLACIER_IR' }) }
  if (hashText(`${was} jpeg`) % 53 !== 0) yield part('.JPG', kinds.jpeg)
  if (hashText(`${was} sidecar`) % 37 !== 0) yield* sidecarVersions(part('.XMP', kinds.sidecar), shoot, day)
  for (const tile of TILES) yield version(`photos/${shoot.place}/tiles/${shotName(shot)}/${tile}.jpg`, kinds.tile)
}

/** Some shoots got keywords between the reports. */
function* sidecarVersions(sidecar: ReportRow, shoot: Shoot, day: DemoDay): Generator<ReportRow> {
  if (day === 'first' || !shoot.isEdited) return yield sidecar
  const kind = { ...photoKinds(shoot).sidecar, ...SINCE_FIRST }
  yield* replaced(version(sidecar.key, kind, `${sidecar.key} edited`), sidecar)
}

/** `z/x_y` for zooms of 1, 4 and 16 tiles. */
const TILES: readonly string[] = [0, 1, 2].flatMap(zoom => {
  const side = 2 ** zoom
  return Array.from({ length: side * side }, (_, n) => `${zoom}/${n % side}_${Math.floor(n / side)}`)
})

/** Copies that nobody has looked at: the same content as elsewhere. */
function* unsortedVersions(): Generator<ReportRow> {
  for (let shot = 1; shot <= 120; shot++) {
    const was = `photos/${LAKE_TAHOE.place}/${shotName(shot)}.JPG`
    yield version(`photos/to sort/card 2/${shotName(shot)}.JPG`, photoKinds(LAKE_TAHOE).jpeg, was)
  }
}

const PRODUCTS = ['BTC-USD', 'ETH-USD', 'SOL-USD', 'XRP-USD', 'ADA-USD', 'DOGE-USD', 'LTC-USD', 'BTC-EUR']
const FIRST_TRADES_MS = Date.parse('2024-09-19T00:00:00Z')

/** One part a product and day, written the night after; the last one is written again with late trades. */
function* marketVersions(day: DemoDay): Generator<ReportRow> {
  const kind = { fromBytes: 1_200_000, toBytes: 3_850_000, storageClass: 'STANDARD' }
  const first = REPORT_TIMES.first.getTime()
  for (const product of PRODUCTS)
    for (let time = FIRST_TRADES_MS; time + DAY_MS < REPORT_TIMES[day].getTime(); time += DAY_MS) {
      const date = new Date(time).toISOString().slice(0, 10)
      if (product === 'LTC-USD' && date === '2025-08-17') continue // was never there
      const key = `market/trades/product_id=${product}/date=${date}/part_0000.parquet`
      const night = { ...kind, from: time + DAY_MS + 60_000, to: time + DAY_MS + HOUR_MS }
      const written = version(key, night)
      const isLate = day === 'second' && time + DAY_MS < first && time + 2 * DAY_MS > first
      if (isLate) yield* replaced(version(key, { ...kind, ...SINCE_FIRST }, `${key} late`), written)
      else yield written
    }
}

function* sportsVersions(day: DemoDay): Generator<ReportRow> {
  for (const { key, bytes, md5, lastModified } of sportsFiles(day))
    yield {
      key,
      size: bytes.length,
      eTag: md5,
      lastModified,
      storageClass: 'STANDARD',
      isMultipartUploaded: false,
      encryptionStatus: 'SSE-S3',
      checksumAlgorithm: '',
    }
}

/** Logs an hour; those of `api` expire after their days. */
const SERVICES = [
  { name: 'api', logs: 26, keptDays: 133 },
  { name: 'web', logs: 18, keptDays: undefined },
  { name: 'worker', logs: 9, keptDays: undefined },
]
const FIRST_LOG_MS = REPORT_TIMES.first.getTime() - 133 * DAY_MS

function* logVersions(day: DemoDay): Generator<ReportRow> {
  const end = REPORT_TIMES[day].getTime() - HOUR_MS
  for (const { name, logs, keptDays } of SERVICES) {
    const start = keptDays === undefined ? FIRST_LOG_MS : REPORT_TIMES[day].getTime() - keptDays * DAY_MS
    for (let time = start; time < end; time += HOUR_MS) {
      const [date = '', clock = ''] = new Date(time).toISOString().split('T')
      const kind = { fromBytes: 4_000, toBytes: 26_500, storageClass: 'STANDARD', from: time, to: time + HOUR_MS }
      for (let n = 0; n < logs; n++)
        yield version(
          `logs/${name}/${date.replaceAll('-', '/')}/${clock.slice(0, 2)}-${String(n).padStart(2, '0')}.log.gz`,
          kind,
        )
    }
  }
}

const DATABASES = ['accounts', 'catalog', 'orders', 'stock', 'users', 'web']
const HOSTS = 10
const OLD_VERSIONS = 21

/** Full dumps until the end of 2025, small ones since, under the same keys: the space is in the old versions. */
function* backupVersions(day: DemoDay): Generator<ReportRow> {
  for (let host = 1; host <= HOSTS; host++)
    for (const database of DATABASES)
      yield* dumpVersions(`backup/db-${String(host).padStart(2, '0')}/${database}.dump`, day, host)
}

function* dumpVersions(key: string, day: DemoDay, host: number): Generator<ReportRow> {
  const isGone = host <= 4 || (host <= 6 && day === 'second') // hosts that were shut down
  const newest = {
    fromBytes: 90_000,
    toBytes: 300_000,
    storageClass: 'STANDARD',
    from: Date.parse('2026-01-17T02:00:00Z'),
    to: Date.parse('2026-01-17T04:00:00Z'),
  }
  if (isGone) yield deleteMarker(key, new Date(host <= 4 ? '2026-01-18T10:00:00Z' : '2026-01-19T10:00:00Z'))
  yield { ...version(key, newest), versionId: versionId(key), isLatest: !isGone }
  for (let age = 1; age <= OLD_VERSIONS; age++) {
    const from = Date.parse('2026-01-01T02:00:00Z') - age * 7 * DAY_MS
    const old = { fromBytes: 3_000_000, toBytes: 6_800_000, storageClass: 'STANDARD_IA', from, to: from + HOUR_MS }
    const identity = `${key} ${age}`
    yield { ...version(key, old, identity), versionId: versionId(identity), isLatest: false }
  }
}

const deleteMarker = (key: string, lastModified: Date): ReportRow => ({
  key,
  versionId: versionId(`${key} deleted`),
  isDeleteMarker: true,
  lastModified,
})

/** The last of them comes on the second day. */
function* oddVersions(day: DemoDay): Generator<ReportRow> {
  const to = REPORT_TIMES.first.getTime() - DAY_MS
  const kind = { fromBytes: 1, toBytes: 900, storageClass: 'STANDARD', from: to - 300 * DAY_MS, to }
  for (const key of listOddKeys()) {
    const isNew = key.endsWith('.json')
    if (isNew && day === 'first') continue
    const row = version(key, isNew ? { ...kind, ...SINCE_FIRST } : kind)
    yield key.endsWith('/') ? { ...row, size: 0, eTag: EMPTY_MD5 } : row
  }
}

const EMPTY_MD5 = 'd41d8cd98f00b204e9800998ecf8427e'
