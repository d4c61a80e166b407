import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { describe } from 'vitest'

/** Where Debian's package and other distributions' put it. */
const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

const path = PATHS.find(existsSync)

/** `describe` for tests that need a browser: skipped where there is none, but not on a build server (CI=true). */
export const describeWithBrowser = describe.skipIf(path === undefined && process.env.CI !== 'true')

/** A real browser without a window, which asks nobody for anything by itself. @throws where there is none */
export async function openBrowser(): Promise<Browser> {
  if (path === undefined) throw new Error(`no browser at ${PATHS.join(', ')}: apt-get install chromium`)
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']
  return chromium.launch({
    executablePath: path,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', ...quiet],
  })
}
