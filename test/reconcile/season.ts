import type { GapKind, Priority } from '../../src/reconcile/expectations.js'
import type { BucketObject } from './reconcileLake.js'

// A basketball season in a bucket: twelve datasets of 172,754 objects, what is expected of them, and what is wrong.

export const SEASON_OBJECTS = 172_754

/** When the bucket was looked at: the morning after the last day. */
export const SEASON_SNAPSHOT = '2026-04-13T01-00Z'
const LOOKED_AT = Date.parse('2026-04-13T01:00:00Z')

const TEAMS =
  'ATL BKN BOS CHA CHI CLE DAL DEN DET GSW HOU IND LAC LAL MEM MIA MIL MIN NOP NYK OKC ORL PHI PHX POR SAC SAS TOR UTA WAS'.split(
    ' ',
  )

/** The data_inventory.yaml of the season; its connector is the only one. */
export const SEASON_EXPECTATIONS = `
datasets:
  box_scores:
    key: sports/box_scores/{season}/{date:yyyy-MM-dd}.json
    weight: 9
    expect: { season: 2025-26, date: { from: 2025-10-22, to: 2026-04-12, except: [2025-12-24] } }
    partition: { bytes: { min: 1kB } }
  play_by_play:
    key: sports/pbp/{season}/{date:yyyy-MM-dd}/{game}.parquet
    weight: 6
    expect: { season: 2025-26, date: { from: 2025-10-22, to: 2026-04-12, except: [2025-12-24] } }
    partition: { objects: { min: 3, of_median: { max: 300%, over: 14 } } }
  shots:
    key: sports/shots/{date:yyyy-MM-dd}/{team}.parquet
    weight: 5
    expect: { date: { from: 2025-10-22, to: today-1d, except: [2025-12-24] }, team: [${TEAMS.join(', ')}] }
  telemetry:
    key: telemetry/{team}/{at:yyyy/MM/dd}/{at:HH}.json.gz
    weight: 3
    expect: { team: [${TEAMS.join(', ')}], at: { from: 2025-10-22T00, to: 2026-04-12T23, every: hour } }
    partition: { bytes: { of_median: { min: 20%, over: 24 } } }
  odds:
    key: odds/{at:yyyy-MM-dd}/{at:HH}.csv
    time_zone: America/New_York
    weight: 5
    expect: { at: { from: 2025-10-22T00, to: 2026-04-11T23, every: hour } }
  rosters:
    key: rosters/{team}/{player}.json
    weight: 8
    expect: { team: [${TEAMS.join(', ')}] }
    partition: { objects: { min: 12, max: 18 } }
  photos:
    key: photos/{date:yyyy-MM-dd}/{name}.CR3
    expect: { date: { from: 2025-10-22, to: today-1d, except: [2025-12-24] } }
    companions: ["{stem}.xmp"]
  videos:
    key: videos/{month:yyyy-MM}/{name}.mp4
    weight: 4
    expect: { month: { from: 2025-10, to: 2026-04, every: month } }
    storage_classes: [STANDARD, GLACIER]
    total: { bytes: { max: 1GB } }
  standings:
    key: standings/{date:yyyy-MM-dd}.json
    weight: 8
    expect: { date: { from: 2025-10-22, to: today-3d, every: weekday } }
    freshness: 36h
    allow_unexpected: false
  tickets:
    key: tickets/team={team}/date={date:yyyy-MM-dd}/sales.parquet
    weight: 4
    expect: { team: [${TEAMS.join(', ')}], date: { from: 2025-10-22, to: 2026-04-12, except: [2025-12-24] } }
  logs:
    key: logs/dt={date:yyyy-MM-dd}/hour={hour}/{part}.json.gz
    weight: 2
    expect:
      date: { from: 2025-10-22, to: 2026-04-12 }
      hour: [${Array.from({ length: 24 }, (_, hour) => `"${twoDigits(hour)}"`).join(', ')}]
    partition: { objects: { min: 2, max: 2 } }
    allow_unexpected: false
  archive:
    key: archive/
    weight: 1
    total: { objects: { min: 10000 } }
`

/** Something that is wrong with the season: the identity of its gap, and the priority that it is to have. */
export interface SeasonHole {
  readonly dataset: string
  readonly kind: GapKind
  /** What tells the gap from others of its kind. */
  readonly subject: string
  readonly priority: Priority
}

/** All that is wrong, and nothing else. */
export function* seasonHoles(): Generator<SeasonHole> {
  const hole = (dataset: string, kind: GapKind, subject: string, priority: Priority): SeasonHole => ({
    dataset,
    kind,
    subject,
    priority,
  })
  for (const date of MISSING.box_scores) yield hole('box_scores', 'missing', `season=2025-26/date=${date}`, 'critical')
  yield hole('box_scores', 'too_small', 'season=2025-26/date=2026-02-01', 'high')
  for (const date of MISSING.play_by_play) yield hole('play_by_play', 'missing', `season=2025-26/date=${date}`, 'high')
  yield hole('play_by_play', 'incomplete', 'season=2025-26/date=2026-01-05', 'high')
  yield hole('play_by_play', 'too_large', 'season=2025-26/date=2026-01-06', 'low')
  for (const [date, team] of MISSING.shots)
    yield hole('shots', 'missing', `date=${date}/team=${team}`, date < '2026-04-12' ? 'high' : 'medium')
  for (const at of MISSING.telemetry) yield hole('telemetry', 'missing', `team=UTA/at=${at}`, 'medium')
  for (const at of SMALL_TELEMETRY) yield hole('telemetry', 'too_small', `team=BOS/at=${at}`, 'medium')
  for (const at of EMPTY_TELEMETRY) {
    yield hole('telemetry', 'zero_byte', `team=BOS/at=${at}`, 'medium')
    yield hole('telemetry', 'too_small', `team=BOS/at=${at}`, 'medium')
  }
  for (const at of MISSING.odds) yield hole('odds', 'missing', `at=${at}`, 'high')
  yield hole('rosters', 'missing', 'team=WAS', 'medium') // for as long as it is known
  yield hole('rosters', 'incomplete', 'team=DAL', 'medium')
  yield hole('rosters', 'too_large', 'team=DEN', 'low')
  for (const name of MISSING.sidecars) yield hole('photos', 'companion_missing', `photos/${name}.xmp`, 'medium')
  yield hole('videos', 'wrong_class', 'month=2026-01 DEEP_ARCHIVE', 'low')
  yield hole('videos', 'too_large', 'total', 'low')
  yield hole('standings', 'missing', 'date=2026-04-10', 'critical')
  yield hole('standings', 'missing', 'date=2026-04-09', 'critical')
  yield hole('standings', 'stale', '', 'medium')
  yield hole('standings', 'unexpected', 'date=2025-10-25', 'low') // a Saturday
  for (const date of dates()) yield hole('tickets', 'missing', `team=NYK/date=${date}`, 'medium')
  yield hole('logs', 'incomplete', 'date=2026-03-01/hour=07', 'medium')
  yield hole('logs', 'missing', 'date=2026-03-02/hour=08', 'medium')
  yield hole('logs', 'unexpected', 'logs/dt=2026-03-03/', 'low')
}

const MISSING = {
  box_scores: ['2025-11-03', '2025-12-25', '2026-04-11'],
  play_by_play: ['2025-11-03', '2026-01-01'],
  shots: [
    ['2025-11-03', 'ATL'],
    ['2026-02-28', 'UTA'],
    ['2026-04-12', 'UTA'],
  ],
  telemetry: ['2025-10-22T00', '2026-03-08T02', '2026-04-12T23'],
  odds: ['2025-11-02T01', '2026-03-08T03', '2026-04-11T00'],
  sidecars: ['2025-10-22/IMG_0001', '2026-04-12/IMG_0020'],
} as const

const SMALL_TELEMETRY: readonly string[] = ['2026-01-02T03']
const EMPTY_TELEMETRY: readonly string[] = ['2026-01-02T05', '2026-04-12T23']

/** What was in the bucket: as many objects as there are, in no order that matters. */
export function* seasonObjects(): Generator<BucketObject> {
  let count = 0
  for (const object of datasetObjects()) {
    count++
    yield object
  }
  for (let n = count; n < SEASON_OBJECTS; n++) yield object(`archive/${n % 97}/${n}.bin`, 5000)
}

const object = (key: string, size: number, others: Omit<BucketObject, 'key'> = {}): BucketObject => ({
  key,
  size,
  lastModified: new Date(LOOKED_AT - 86_400_000),
  storageClass: 'STANDARD',
  ...others,
})

function* datasetObjects(): Generator<BucketObject> {
  yield* sportsObjects()
  for (const team of TEAMS)
    for (const at of hours()) {
      if (team === 'UTA' && isOneOf(MISSING.telemetry, at)) continue
      const size = team !== 'BOS' ? 900 : EMPTY_TELEMETRY.includes(at) ? 0 : SMALL_TELEMETRY.includes(at) ? 179 : 900
      yield object(`telemetry/${team}/${at.slice(0, 10).replaceAll('-', '/')}/${at.slice(11)}.json.gz`, size)
    }
  for (const at of hours())
    if (at !== '2026-03-08T02' && at < '2026-04-12' && !isOneOf(MISSING.odds, at))
      // that hour is skipped
      yield object(`odds/${at.slice(0, 10)}/${at.slice(11)}.csv`, 80)
  for (const team of TEAMS) {
    const players = team === 'WAS' ? 0 : team === 'DAL' ? 11 : team === 'DEN' ? 19 : 15
    for (let n = 1; n <= players; n++) yield object(`rosters/${team}/${n}.json`, 400)
  }
  yield* mediaObjects()
  for (const date of dates()) {
    const isExpected = ![0, 6].includes(new Date(`${date}T00:00Z`).getUTCDay()) || date === '2025-10-25'
    if (isExpected && date < '2026-04-09')
      yield object(`standings/${date}.json`, 2000, { lastModified: new Date(`${date}T23:00Z`) })
  }
  yield object('standings/2025-12-24.json', 2000, { lastModified: new Date('2025-12-24T23:00Z') })
  for (const team of TEAMS)
    if (team !== 'NYK')
      for (const date of dates()) yield object(`tickets/team=${team}/date=${date}/sales.parquet`, 3000)
  for (const at of hours()) {
    const [date, hour] = [at.slice(0, 10), at.slice(11)]
    if (at === '2026-03-02T08') continue
    yield object(`logs/dt=${date}/hour=${hour}/a.json.gz`, 700)
    if (at !== '2026-03-01T07') yield object(`logs/dt=${date}/hour=${hour}/b.json.gz`, 700)
  }
  yield object('logs/dt=2026-03-03/_SUCCESS', 1)
}

function* sportsObjects(): Generator<BucketObject> {
  for (const date of dates()) {
    if (!isOneOf(MISSING.box_scores, date))
      yield object(`sports/box_scores/2025-26/${date}.json`, date === '2026-02-01' ? 999 : 4000)
    const games = isOneOf(MISSING.play_by_play, date) ? 0 : date === '2026-01-05' ? 2 : date === '2026-01-06' ? 22 : 7
    for (let game = 1; game <= games; game++) yield object(`sports/pbp/2025-26/${date}/${game}.parquet`, 9000)
    for (const team of TEAMS)
      if (!MISSING.shots.some(([day, name]) => day === date && name === team))
        yield object(`sports/shots/${date}/${team}.parquet`, 600)
  }
}

function* mediaObjects(): Generator<BucketObject> {
  for (const date of dates())
    for (let n = 1; n <= 20; n++) {
      const name = `${date}/IMG_${String(n).padStart(4, '0')}`
      yield object(`photos/${name}.CR3`, 25_000)
      if (!isOneOf(MISSING.sidecars, name)) yield object(`photos/${name}.xmp`, 300)
    }
  for (const month of new Set([...dates()].map(date => date.slice(0, 7))))
    for (let n = 1; n <= 40; n++) {
      const isDeep = month === '2026-01' && n <= 3
      yield object(`videos/${month}/${n}.mp4`, 4_000_000, { storageClass: isDeep ? 'DEEP_ARCHIVE' : 'GLACIER' })
    }
}

const isOneOf = (list: readonly string[], text: string): boolean => list.includes(text)

/** The days that have games. */
function* dates(): Generator<string> {
  for (const date of days()) if (date !== '2025-12-24') yield date
}

function* days(): Generator<string> {
  for (let time = Date.parse('2025-10-22T00:00Z'); time < Date.parse('2026-04-13T00:00Z'); time += 86_400_000)
    yield new Date(time).toISOString().slice(0, 10)
}

function* hours(): Generator<string> {
  for (const day of days()) for (let hour = 0; hour < 24; hour++) yield `${day}T${twoDigits(hour)}`
}

function twoDigits(n: number): string {
  return String(n).padStart(2, '0')
}
