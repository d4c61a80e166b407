import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { NotifiableFacts } from '../../src/jobs/notifyFacts.js'
import type { Notice } from '../../src/jobs/notifyMessage.js'
import { channelOf, connectorIs, HOUR_MS, importFails, openNotifyWorld, WELL, withGaps } from './notifyWorld.js'

/** What may be so in one round, and what may befall it. */
const round = fc.record({
  photos: fc.constantFrom('fresh' as const, 'warn' as const, 'error' as const),
  logs: fc.constantFrom('fresh' as const, 'warn' as const),
  isFailing: fc.boolean(),
  gaps: fc.uniqueArray(fc.constantFrom('a', 'b', 'c')),
  minutes: fc.constantFrom(1, 20, 60, 9 * 60, 48 * 60),
  isDown: fc.boolean(),
})
type Round = typeof round extends fc.Arbitrary<infer Each> ? Each : never

const factsOf = ({ photos, logs, isFailing, gaps }: Round): NotifiableFacts => ({
  ...withGaps(gaps),
  connectors: [connectorIs('photos', photos), connectorIs('logs', logs)],
  failing: isFailing ? [importFails()] : [],
})

/** What a person who reads every message believes to be bad. */
function believe(beliefs: Set<string>, { kind, subject }: Notice): void {
  if (kind === 'recovered') beliefs.delete(subject)
  else if (kind !== 'gaps') beliefs.add(subject)
}

const badOf = ({ connectors, failing }: NotifiableFacts): Set<string> =>
  new Set([
    ...connectors.filter(({ state }) => state !== 'fresh').map(({ connector }) => `stale:${connector}`),
    ...failing.map(({ chain }) => `failing:${chain}`),
  ])

test('whatever happens, in the end people know what is so; nobody is told twice in a row that something is bad or well', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 12 }), async rounds => {
      const world = openNotifyWorld()
      const beliefs = new Set<string>()
      const said = new Map<string, string>()
      let read = 0
      const readAll = (isTaken: boolean): void => {
        for (const { message } of world.tried.slice(read))
          for (const notice of isTaken ? message.notices : []) {
            const { subject, kind, title } = notice
            if (kind !== 'gaps' && said.get(subject) === title) throw new Error(`twice: ${title}`)
            said.set(subject, title)
            if (kind === 'recovered' && !beliefs.has(subject)) throw new Error(`not known to be bad: ${title}`)
            believe(beliefs, notice)
          }
        read = world.tried.length
      }
      let last: NotifiableFacts = WELL
      for (const each of rounds) {
        world.down.clear()
        if (each.isDown) world.down.add('pager')
        last = factsOf(each)
        await world.events(last)
        readAll(!each.isDown)
        world.pass(each.minutes * 60_000)
      }
      world.down.clear()
      for (let i = 0; i < 3; i++) {
        world.pass(9 * HOUR_MS) // longer than any quiet, and than any wait for another try
        await world.events(last)
        readAll(true)
      }
      expect(beliefs).toEqual(badOf(last))
      const told = world.tried.length
      await world.events(last)
      expect(world.tried.length).toBe(told)
    }),
    { numRuns: 60 },
  )
})

test('the end of trouble is told in the round in which it is seen, if the channel answers', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 12 }), async rounds => {
      const world = openNotifyWorld()
      const beliefs = new Set<string>()
      for (const each of rounds) {
        const facts = factsOf(each)
        const read = world.tried.length
        await world.events(facts, [channelOf()])
        for (const { message } of world.tried.slice(read))
          for (const notice of message.notices) believe(beliefs, notice)
        expect([...beliefs].filter(subject => !badOf(facts).has(subject))).toEqual([])
        expect(world.tried.length - read).toBeLessThanOrEqual(1)
        world.pass(each.minutes * 60_000)
      }
    }),
    { numRuns: 60 },
  )
})
