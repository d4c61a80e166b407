import { RequestRefusedError } from './problems.js'

/** Whole tables that are being read: each holds a session of the engine, and what that has in memory. */
export interface Downloads {
  /** @returns what ends it @throws {RequestRefusedError} 429 where there are as many as may be */
  begin(): () => void
}

export const MOST_DOWNLOADS = 8

export function countDownloads(most = MOST_DOWNLOADS): Downloads {
  let open = 0
  return {
    begin() {
      if (open >= most)
        throw new RequestRefusedError(429, {
          subject: 'whole table',
          got: `${open} others that are being read`,
          fix: 'try again soon',
        })
      open++
      let isOpen = true
      return () => {
        if (isOpen) open--
        isOpen = false
      }
    },
  }
}
