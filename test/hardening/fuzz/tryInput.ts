import { type FuzzTarget, type OpenTarget, WrongAnswerError } from './fuzzTarget.js'

/** What came of an input: `read`, or the class by which it was refused; else what it found. */
export type Outcome =
  | { readonly kind: 'read' | 'refused'; readonly told: string }
  | { readonly kind: 'found'; readonly told: string; readonly finding: string }

const MOST_MS = 2000
const MOST_BYTES = 200e6

/** Gives an input to a target, and judges what comes of it. */
export async function tryInput(target: FuzzTarget, opened: OpenTarget, input: Uint8Array): Promise<Outcome> {
  const before = measure()
  const outcome = await readOnce(target, opened, input)
  const after = measure()
  if (outcome.kind === 'found') return outcome
  const ms = after.cpuMs - before.cpuMs
  if (ms > (target.mostMs ?? MOST_MS)) return found('slow', `${Math.round(ms)} ms of CPU time`)
  // The highest that it ever was, against what it was before: earlier inputs have had as much already, or this one has taken it.
  const bytes = after.peakBytes > before.peakBytes ? after.peakBytes - before.nowBytes : 0
  return bytes > (target.mostBytes ?? MOST_BYTES) ? found('large', `${Math.round(bytes / 1e6)} MB`) : outcome
}

async function readOnce(target: FuzzTarget, opened: OpenTarget, input: Uint8Array): Promise<Outcome> {
  try {
    await opened.read(input)
    return { kind: 'read', told: 'read' }
  } catch (error) {
    if (target.refusals.some(Refusal => error instanceof Refusal)) {
      const { name, message } = error as Error
      return message.includes('[object Object]')
        ? found('unclear', message)
        : { kind: 'refused', told: `${name}: ${shapeOf(message)}` }
    }
    if (error instanceof WrongAnswerError) return found('wrong', error.message)
    return found('error', error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
}

/** @param told its first line and its first place in the source say which finding it is */
function found(finding: string, told: string): Outcome {
  const place = /\bat .*?\/((?:src|node_modules)\/[^)\n]+)/.exec(told)?.[1] ?? ''
  return { kind: 'found', finding: `${finding}: ${shapeOf(told.split('\n')[0] ?? '')} ${place}`, told }
}

/** A message without what differs each time: the beginnings of what was expected and found. */
const shapeOf = (message: string): string =>
  message
    .split(', got ')
    .map(part =>
      part
        .replace(/["'`{[].*/s, '…')
        .replace(/[^A-Za-z .:…]+/g, '')
        .slice(0, 50),
    )
    .join(', got ')

function measure() {
  const { user, system } = process.cpuUsage()
  return {
    cpuMs: (user + system) / 1000,
    nowBytes: process.memoryUsage.rss(),
    peakBytes: process.resourceUsage().maxRSS * 1024,
  }
}
