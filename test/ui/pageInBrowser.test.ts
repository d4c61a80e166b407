import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CONNECTOR, openHostileLake } from '../commands/hostileLake.js'
import type { SmallPlace } from '../commands/smallLake.js'
import { describeWithBrowser, openBrowser } from '../services/chromium.js'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 900 } }
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }

// The names in this bucket are made to run scripts, to load pictures and to turn the direction of text.
describeWithBrowser('a page in a browser', () => {
  let place: SmallPlace
  let browser: Browser
  beforeAll(async () => {
    place = await openHostileLake()
    for (const args of [['page.html'], ['redacted.html', '--redact']]) {
      const { code, stderr } = await place.run('report', CONNECTOR, '--html', ...args)
      if (code !== 0) throw new Error(stderr)
    }
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await place?.remove()
  })

  interface Visit {
    readonly page: Page
    /** What a page had no business with: requests but for its file, messages, errors, dialogs. */
    readonly complaints: string[]
  }

  async function visit(options: BrowserContextOptions, name = 'page.html', hash = ''): Promise<Visit> {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    const complaints: string[] = []
    const url = `file://${join(place.folder, name)}`
    page.on('request', request => {
      if (request.url().split('#')[0] !== url && request.url() !== 'data:,') complaints.push(request.url())
    })
    page.on('console', message => complaints.push(message.text()))
    page.on('pageerror', error => complaints.push(error.message))
    page.on('dialog', dialog => {
      complaints.push(dialog.message())
      return dialog.dismiss()
    })
    await page.goto(`${url}${hash}`)
    return { page, complaints }
  }

  const shownView = (page: Page) => page.locator('.view:visible')
  const crumbs = (page: Page) => shownView(page).locator('.crumbs b').innerText()

  test.each(['page.html', 'redacted.html'])(
    '%s asks for nothing, says nothing and runs nothing but its own',
    async name => {
      const { page, complaints } = await visit(DESKTOP, name)
      for (const summary of await page.locator('summary:visible').all()) await summary.click()
      await page.locator('.view:visible .head').first().click()
      await page.waitForTimeout(200) // for what would be asked for later
      expect(complaints).toEqual([])
      expect(await page.locator('img, iframe, object, embed, link:not([rel=icon])').count()).toBe(0)
      expect(await page.locator('script').count()).toBe(1)
      await page.context().close()
    },
  )

  test('its policy refuses what would be put into it', async () => {
    const { page, complaints } = await visit(DESKTOP)
    const isRun = await page.evaluate(() => {
      const { document } = globalThis as never as { document: { body: { innerHTML: string } } }
      document.body.innerHTML =
        '<img src="http://127.0.0.1:9/x.png" onerror="window.isRun = true"><p style="color:red">'
      return new Promise(resolve => setTimeout(() => resolve(Reflect.get(globalThis, 'isRun')), 300))
    })
    expect(isRun).toBeUndefined()
    expect(complaints.join('\n')).toMatch(/Content Security Policy/)
    await page.context().close()
  })

  test('a click goes into a folder, and the browser, the path or Escape come back out', async () => {
    const { page } = await visit(DESKTOP)
    expect(await crumbs(page)).toBe('ngorongoro-bucket')
    const zoom = async () => {
      await shownView(page).locator('.head', { hasText: 'serengeti' }).click()
      await expect.poll(() => crumbs(page)).toBe('serengeti')
    }
    await zoom()
    expect(await shownView(page).count()).toBe(1)
    expect(await shownView(page).locator('.map').innerText()).toContain('Olduvai Gorge, Arusha')
    await page.goBack()
    await expect.poll(() => crumbs(page)).toBe('ngorongoro-bucket')
    await zoom()
    await page.keyboard.press('Escape')
    await expect.poll(() => crumbs(page)).toBe('ngorongoro-bucket')
    await zoom()
    await shownView(page).locator('.crumbs a', { hasText: 'ngorongoro-bucket' }).click()
    await expect.poll(() => crumbs(page)).toBe('ngorongoro-bucket')
    await page.context().close()
  })

  test('a click in a tile within a tile goes into the folder there, and the address opens there again', async () => {
    const { page } = await visit(DESKTOP)
    await shownView(page).locator('.in a', { hasText: 'Olduvai Gorge, Arusha' }).first().click()
    await expect.poll(() => crumbs(page)).toBe('Olduvai Gorge, Arusha')
    const again = await visit(DESKTOP, 'page.html', `#${page.url().split('#')[1]}`)
    expect(await crumbs(again.page)).toBe('Olduvai Gorge, Arusha')
    await page.context().close()
    await again.page.context().close()
  })

  test('keys alone lead into a folder', async () => {
    const { page } = await visit(DESKTOP)
    await shownView(page).locator('.head').first().focus()
    expect(await page.locator('#tip').innerText()).toMatch(/objects · [\d.]+ % of all/)
    await page.keyboard.press('Enter')
    await expect.poll(() => shownView(page).locator('.up').count()).toBe(1)
    await page.context().close()
  })

  test('what is pointed at says its figures, names as text', async () => {
    const { page } = await visit(DESKTOP)
    await shownView(page).locator('.t', { hasText: 'svg onload=alert(2)>okapi' }).last().hover()
    expect(await page.locator('#tip').innerText()).toMatch(
      /"><svg onload=alert\(2\)>okapi\/(new\/)?: \d+ MB · \d+ object/,
    )
    await page.context().close()
  })

  test('it needs no script', async () => {
    const { page } = await visit({ ...DESKTOP, javaScriptEnabled: false })
    await shownView(page).locator('.head', { hasText: 'serengeti' }).click()
    expect(await crumbs(page)).toBe('serengeti')
    await shownView(page).locator('summary').click()
    expect(await shownView(page).locator('tbody tr').count()).toBeGreaterThan(5)
    await page.context().close()
  })

  test('the tiles of a folder cover it, and none is over another', async () => {
    const { page } = await visit(DESKTOP)
    const map = await shownView(page).locator('.map').boundingBox()
    const boxes = await Promise.all((await shownView(page).locator('.map > .t').all()).map(tile => tile.boundingBox()))
    const area = boxes.reduce((sum, box) => sum + (box ? box.width * box.height : 0), 0)
    expect(area / ((map?.width ?? 0) * (map?.height ?? 0))).toBeCloseTo(1, 2)
    await page.context().close()
  })

  test('on a phone nothing is wider than the screen', async () => {
    const { page } = await visit(PHONE)
    for (const summary of await page.locator('summary:visible').all()) await summary.click()
    const wide = await page
      .locator('body')
      .evaluate(body => Reflect.get(body.ownerDocument.documentElement, 'scrollWidth'))
    expect(wide).toBe(390)
    await page.context().close()
  })

  test.each<[string, BrowserContextOptions]>([
    ['light', DESKTOP],
    ['dark', { ...DESKTOP, colorScheme: 'dark' }],
    ['phone', PHONE],
    ['dark phone', { ...PHONE, colorScheme: 'dark' }],
  ])('%s: has nothing that shuts anyone out (WCAG 2.1 AA)', async (_, options) => {
    const { page } = await visit(options)
    for (const summary of await page.locator('summary:visible').all()) await summary.click()
    await page.evaluate(await readFile(AXE, 'utf8')) // not by the page itself: its policy would refuse it
    const violations = await page.evaluate(async () => {
      const axe = Reflect.get(globalThis, 'axe')
      const run = await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })
      return run.violations.map((each: { id: string; nodes: { html: string; failureSummary: string }[] }) =>
        [each.id, each.nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`)]
          .flat()
          .join('\n'),
      )
    })
    expect(violations).toEqual([])
    await page.context().close()
  })
})
