import { createHash } from 'node:crypto'
import { between, hashText, hexDigits, randomFrom } from './seededRandom.js'

/** The two days that the demo has a report of. */
export type DemoDay = 'first' | 'second'

/** An object that is really there, as a small file. */
export interface SportsFile {
  readonly key: string
  readonly bytes: Uint8Array
  /** Of the bytes: 32 hex digits. */
  readonly md5: string
  readonly lastModified: Date
}

const DAY_MS = 86_400_000

/** The last day that a report has files of. */
const REPORTED: Readonly<Record<DemoDay, string>> = { first: '2026-01-18', second: '2026-01-19' }

/**
 * The sports data of a day, season by season. It has gaps: two box scores and some games were never there, and a month
 * of box scores of 2025-26 vanishes on the second day.
 */
export function* sportsFiles(day: DemoDay): Generator<SportsFile> {
  for (const { season, date, games } of gameDays(day)) {
    if (!NEVER_SCORED.has(date) && !(day === 'second' && hasVanished(date))) yield boxScores(season, date, games, day)
    for (const game of games)
      if (hashText(`${game} gap`) % 110 !== 0)
        yield sportsFile(`sports/pbp/${season}/${date}/${game}.parquet`, date, playByPlay(game))
  }
}

/** The games of a day, as the league has them, whether there are files of them or not. */
export interface GameDay {
  /** `2025-26` */
  readonly season: string
  readonly date: string
  /** Ids: `20251103-02`. */
  readonly games: readonly string[]
}

/** The days with games up to the last that the report has files of, season by season. */
export function* gameDays(day: DemoDay): Generator<GameDay> {
  for (let year = 2019; year <= 2025; year++)
    for (const date of gameDates(year, REPORTED[day]))
      yield { season: `${year}-${String(year + 1).slice(2)}`, date, games: gamesOf(date) }
}

const NEVER_SCORED = new Set(['2021-12-20', '2023-02-03'])

/** 31 days. */
const hasVanished = (date: string): boolean => date >= '2025-11-03' && date <= '2025-12-03'

/** Box scores that were corrected on the evening before the second report. */
const CORRECTED = new Set(['2026-01-16', '2026-01-17', '2026-01-18'])

/** Every day from late October to the middle of April, but Christmas Eve. */
function* gameDates(year: number, last: string): Generator<string> {
  const end = Date.parse(`${year + 1}-04-12T00:00:00Z`)
  for (let time = Date.parse(`${year}-10-22T00:00:00Z`); time <= end; time += DAY_MS) {
    const date = new Date(time).toISOString().slice(0, 10)
    if (date <= last && !date.endsWith('-12-24')) yield date
  }
}

/** Two or three ids: `20251103-02`. */
function gamesOf(date: string): string[] {
  const count = 2 + (hashText(date) % 9 === 0 ? 1 : 0)
  return Array.from({ length: count }, (_, n) => `${date.replaceAll('-', '')}-0${n + 1}`)
}

const TEAMS = ['ATL', 'BOS', 'CHI', 'DAL', 'DEN', 'HOU', 'MEM', 'MIA', 'NYK', 'PHX', 'POR', 'UTA']

function boxScores(season: string, date: string, games: readonly string[], day: DemoDay): SportsFile {
  const isCorrected = day === 'second' && CORRECTED.has(date)
  const scores = games.map(game => {
    const random = randomFrom(hashText(game))
    const home = between(random, 0, TEAMS.length)
    const away = (home + between(random, 1, TEAMS.length)) % TEAMS.length
    return {
      game,
      home: TEAMS[home],
      away: TEAMS[away],
      score: [between(random, 88, 132), between(random, 88, 132)],
      players: Array.from({ length: 16 }, (_, n) => ({
        id: n + 1,
        points: between(random, 0, 34),
        rebounds: between(random, 0, 14),
        assists: between(random, 0, 12) + (isCorrected && n === 0 ? 1 : 0),
      })),
    }
  })
  const text = `${JSON.stringify({ season, date, games: scores })}\n`
  return sportsFile(`sports/box_scores/${season}/${date}.json`, isCorrected ? REPORTED[day] : date, Buffer.from(text))
}

/** Bytes between Parquet's marks. */
function playByPlay(game: string): Uint8Array {
  const random = randomFrom(hashText(game) ^ 1)
  const body = Buffer.from(hexDigits(random, between(random, 300, 900) * 8), 'hex')
  return Buffer.concat([Buffer.from('PAR1'), body, Buffer.from('PAR1')])
}

/** @param written the day in whose evening it was written */
function sportsFile(key: string, written: string, bytes: Uint8Array): SportsFile {
  const md5 = createHash('md5').update(bytes).digest('hex')
  const midnight = Date.parse(`${written}T00:00:00Z`) + DAY_MS
  return { key, bytes, md5, lastModified: new Date(midnight - between(randomFrom(hashText(key)), 600, 14_000) * 1000) }
}
