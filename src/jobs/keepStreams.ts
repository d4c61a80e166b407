import type { DaemonEffects, DaemonOptions } from './daemonEffects.js'
import { type DaemonState, isSteady, type StreamTrouble } from './daemonState.js'
import { type StreamProcess, type StreamWork, streamWorkName } from './streamProcess.js'

type Options = Pick<DaemonOptions, 'graceMs' | 'killMs'>
type Effects = Pick<DaemonEffects, 'streams' | 'now' | 'sleep' | 'random' | 'told' | 'signal'>

const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 60_000

/**
 * Keeps the work of streams going, each in a process of its own: one that ends is begun again, later each time. Until the
 * signal: then they are asked to end, and those that don't are ended.
 * @param state is told of those that don't begin well
 */
export async function keepStreams(options: Options, state: DaemonState, effects: Effects): Promise<void> {
  await Promise.all(effects.streams.works.map(work => keepWork(work, options, state, effects)))
}

async function keepWork(work: StreamWork, options: Options, state: DaemonState, effects: Effects): Promise<void> {
  const { streams, now, sleep, random, told, signal } = effects
  const name = streamWorkName(work)
  let failures = 0
  while (!signal.aborted) {
    const began = now()
    const process = streams.start(work)
    told({ kind: 'stream began', work, pid: process.pid })
    const message = await awaitEnd(process, options, effects)
    if (signal.aborted) return
    failures = isSteady(began, now()) ? 1 : failures + 1
    state.streams = [...others(state.streams, name), { name, failures, message, began: null }]
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1)) * (0.75 + random() / 2)
    told({ kind: 'stream ended', work, message, waitMs })
    await sleep(waitMs, signal).catch(() => {})
    state.streams = [...others(state.streams, name), { name, failures, message, began: now() }]
  }
}

const others = (troubles: readonly StreamTrouble[], name: string): StreamTrouble[] =>
  troubles.filter(each => each.name !== name)

/** @returns how it ended: by itself, or since the signal asked for it */
async function awaitEnd(
  process: StreamProcess,
  { graceMs, killMs }: Options,
  { signal, sleep }: Effects,
): Promise<string> {
  const ended = new AbortController()
  const stop = (): void => {
    process.interrupt()
    sleep(graceMs + (killMs ?? 0), ended.signal).then(process.kill, () => {})
  }
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  try {
    return await process.ended
  } finally {
    signal.removeEventListener('abort', stop)
    ended.abort()
  }
}
