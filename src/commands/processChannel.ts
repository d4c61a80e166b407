import { once } from 'node:events'
import type { Channel } from './globals.js'

/** How long this process has to end after the one that started it is gone. */
const ORPHANED_MS = 20_000

/**
 * The channel to the process that started this one.
 * @param interrupt called when the channel breaks, as that process is gone then
 */
export function openProcessChannel(process: NodeJS.Process, interrupt: () => void): Channel {
  const received: unknown[] = []
  process.on('message', message => received.push(message))
  const end = (): void => {
    interrupt()
    setTimeout(() => process.exit(), ORPHANED_MS).unref() // nobody else is left to end it
  }
  if (process.connected) process.once('disconnect', end)
  else end() // it was gone before anybody listened
  return {
    send: message =>
      new Promise(resolve => {
        if (!process.connected) resolve()
        else process.send?.(message, undefined, undefined, () => resolve())
      }),
    async receive() {
      while (received.length === 0) {
        if (!process.connected) throw new Error('the process that started this one is gone')
        const gone = new AbortController()
        const { signal } = gone
        const next = [once(process, 'message', { signal }), once(process, 'disconnect', { signal })]
        await Promise.race(next).finally(() => gone.abort())
        for (const each of next) each.catch(() => {})
      }
      return received.shift()
    },
  }
}
