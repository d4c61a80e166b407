import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page, Request } from 'playwright-core'
import { expect } from 'vitest'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** The folder that pictures of each step are put into, by who wants to look at them. */
const PICTURES = process.env.STOCKTAKE_TEST_PICTURES

export const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 900 } }
export const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }

export const WINDOWS: readonly (readonly [name: string, options: BrowserContextOptions])[] = [
  ['wide, light', { ...DESKTOP, colorScheme: 'light' }],
  ['wide, dark', { ...DESKTOP, colorScheme: 'dark' }],
  ['phone, light', { ...PHONE, colorScheme: 'light' }],
  ['phone, dark', { ...PHONE, colorScheme: 'dark' }],
]

/** A window on the page, and what it had no business with. */
export interface PageVisit {
  readonly page: Page
  /** Messages, errors, dialogs, requests to elsewhere: refused by its policy, too. */
  readonly complaints: string[]
  readonly go: (path: string) => Promise<void>
  /** Waits until nothing is on its way. */
  readonly settle: () => Promise<void>
  /** Makes a picture of the whole page, where these are wanted. */
  readonly picture: (name: string) => Promise<void>
  close(): Promise<void>
}

export async function openVisit(browser: Browser, url: string, options: BrowserContextOptions): Promise<PageVisit> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const complaints: string[] = []
  page.on('console', message => complaints.push(`${page.url()}: ${message.text()}`))
  page.on('pageerror', error => complaints.push(`${page.url()}: ${error.message}`))
  page.on('request', request => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(`${url}/`)) complaints.push(request.url())
  })
  page.on('dialog', dialog => {
    complaints.push(dialog.message())
    return dialog.dismiss()
  })
  const waiting = new Set<Request>()
  page.on('request', request => waiting.add(request))
  page.on('response', answer => waiting.delete(answer.request())) // it has begun: of events there is no end
  page.on('requestfailed', request => waiting.delete(request))
  const settle = async () => {
    const isQuiet = async () => waiting.size === 0 && (await page.locator('.loading').count()) === 0
    await expect.poll(async () => (await isQuiet()) && page.waitForTimeout(100).then(isQuiet)).toBe(true)
  }
  return {
    page,
    complaints,
    settle,
    go: async path => {
      waiting.clear()
      await page.goto(`${url}${path}`)
      await page.locator('main').waitFor()
      await settle()
    },
    picture: async name => {
      if (PICTURES === undefined) return
      await mkdir(PICTURES, { recursive: true })
      await page.screenshot({ path: join(PICTURES, `${name.replaceAll(/[^\w]+/g, '-')}.png`), fullPage: true })
    },
    close: () => context.close(),
  }
}

/** What shuts people out (WCAG 2.1 AA) and is serious or critical: a line for each rule, with where it is broken first. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(AXE, 'utf8')) // not by the page itself: its policy would refuse it
  return page.evaluate(async () => {
    const axe = Reflect.get(globalThis, 'axe')
    const run = await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })
    return run.violations
      .filter(({ impact }: { impact: string }) => impact === 'serious' || impact === 'critical')
      .map((each: { id: string; nodes: { html: string; failureSummary: string }[] }) => {
        const [first] = each.nodes
        return `${each.id}: ${first?.html.slice(0, 200)} ${first?.failureSummary}`
      })
  })
}
