import { afterEach, beforeEach, expect, test } from 'vitest'
import { hashText } from '../../src/demo/seededRandom.js'
import { closeHandmadeLake, type HandmadeLake } from '../snapshot/handmadeLake.js'
import { type GapRow, gapId, openReconcileLake, putSnapshot, readExpectations, runOnce } from './reconcileLake.js'
import {
  SEASON_EXPECTATIONS,
  SEASON_OBJECTS,
  SEASON_SNAPSHOT,
  type SeasonHole,
  seasonHoles,
  seasonObjects,
} from './season.js'

let lake: HandmadeLake
beforeEach(async () => {
  lake = await openReconcileLake()
})
afterEach(() => closeHandmadeLake(lake))

const RUN = new Date('2026-04-13T06:00:00Z')

/** By identity: what it is, and its priority. */
const holesById = (holes: Iterable<SeasonHole>) =>
  new Map([...holes].map(hole => [gapId('a', hole.dataset, hole.kind, hole.subject), hole]))

const told = ({ gap_id, dataset, kind, priority }: GapRow): string => `${gap_id} ${dataset} ${kind} ${priority}`

test('of a season all that is wrong is found, and nothing else, by kind and priority', async () => {
  await putSnapshot(lake, { id: 'w', snapshot: SEASON_SNAPSHOT }, seasonObjects())
  expect([...seasonObjects()]).toHaveLength(SEASON_OBJECTS)
  const { found, gaps } = await runOnce(await readExpectations(SEASON_EXPECTATIONS), lake, RUN)
  const expected = [...holesById(seasonHoles())].map(
    ([id, hole]) => `${id} ${hole.dataset} ${hole.kind} ${hole.priority}`,
  )
  expect(gaps.map(told).sort()).toEqual(expected.sort())
  expect(found.coverage).toHaveLength(12)
  expect(
    found.coverage.map(({ dataset, expected_count, missing_count }) => [dataset, expected_count, missing_count]),
  ).toEqual([
    ['box_scores', 172n, 3n],
    ['play_by_play', 172n, 2n],
    ['shots', 5160n, 3n],
    ['telemetry', 124_560n, 3n],
    ['odds', 4127n, 3n],
    ['rosters', 30n, 1n],
    ['photos', 172n, 0n],
    ['videos', 7n, 0n],
    ['standings', 123n, 2n],
    ['tickets', 5160n, 172n],
    ['logs', 4152n, 1n],
    ['archive', 1n, 0n],
  ])
})

test('of a sample of it no gap is told that is none, and no share that is not known', async () => {
  const sample = [...seasonObjects()].filter(({ key }) => hashText(key) % 10 === DRAWN)
  expect(sample.length / SEASON_OBJECTS).toBeCloseTo(0.1, 2)
  await putSnapshot(lake, { id: 'p', snapshot: SEASON_SNAPSHOT, sampleRate: 0.1 }, sample)
  const { found, gaps } = await runOnce(await readExpectations(SEASON_EXPECTATIONS), lake, RUN)
  const holes = holesById(seasonHoles())
  expect(gaps.filter(({ gap_id }) => !holes.has(gap_id))).toEqual([])
  expect(gaps.map(({ dataset, kind }) => `${dataset} ${kind}`).sort()).toEqual(SHOWN)
  for (const { sample_rate, missing_count, unknown_count, share } of found.coverage) {
    expect([sample_rate, missing_count]).toEqual([0.1, 0n])
    expect(share === null).toBe((unknown_count ?? 0n) > 0n)
  }
})

/** Which tenth of the keys was drawn, and what is wrong in it. */
const DRAWN = 7
const SHOWN = ['standings unexpected', 'videos wrong_class']
