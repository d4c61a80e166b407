import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeWithBrowser, openBrowser } from '../services/chromium.js'
import { BUCKET, CONFIG_NAME, openPagePlace, type PagePlace, REPORTS } from './pagePlace.js'
import { DESKTOP, findBarriers, openVisit, type PageVisit, PHONE } from './pageVisit.js'

/** What takes seconds, and minutes where much else is at work. */
const LONG = { timeout: 200_000 }

const PICKED = ['photos/2020/Milledgeville, GA/', 'photos/2020/Atlanta/', 'sports/box_scores/']

// Somebody who never saw a terminal: from an inventory configuration to named collections, and to what changed since. Each
// test goes on where the one before left off.
describeWithBrowser('the page, from nothing to what changed since yesterday', () => {
  let place: PagePlace
  let browser: Browser
  let visit: PageVisit
  let page: Page
  beforeAll(async () => {
    place = await openPagePlace()
    browser = await openBrowser()
    visit = await openVisit(browser, place.url, DESKTOP)
    page = visit.page
  })
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await visit.picture(`failed ${task.name}`)
  })
  afterAll(async () => {
    await browser?.close()
    await place?.close()
  })

  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' })
  const text = (selector = 'main') => page.locator(selector).innerText()

  test('an empty lake says what to do first', async () => {
    await visit.go('/')
    await visit.picture('01 empty')
    expect(await text()).toMatch(/connector/i)
  })

  test('a connector is filled in, saved and tested', async () => {
    await place.deliver('first')
    await visit.go('/connectors')
    await page.getByLabel('Name', { exact: true }).fill('demo')
    await page.getByLabel('Bucket', { exact: true }).fill(join(place.folder, BUCKET))
    await page.getByLabel('Reports are delivered to').fill(join(place.folder, REPORTS))
    await page.getByLabel('Inventory configuration').fill(CONFIG_NAME)
    await visit.picture('02 connector form')
    await button('Save and test').click()
    await page.getByRole('heading', { name: 'Test' }).waitFor()
    await visit.picture('03 connector tested')
    expect(await text()).not.toMatch(/\bfail\b/)
  })

  test('a report is imported, and its progress is seen', async () => {
    await visit.go('/connectors/demo')
    await button('Import now').click()
    await page.getByRole('progressbar', { name: 'import demo' }).waitFor()
    await visit.picture('04 import runs')
    await expect.poll(() => text(), LONG).toMatch(/succeeded.*201,812 objects/)
    await visit.picture('05 imported')
  })

  test('the tree is opened, and three folders are selected', async () => {
    await visit.go('/folders?connector=demo')
    for (const path of ['photos/', 'photos/2020/', 'sports/'])
      await page.getByLabel(`Open ${path}`, { exact: true }).click()
    for (const path of PICKED) await page.getByLabel(`Select ${path}`, { exact: true }).check()
    await visit.picture('06 three folders')
    expect(await text('.selection-bar')).toMatch(/3 folders selected · [\d.]+ GB · [\d,]+ files/)
  })

  test('they become collections, by suggested names and one of their own', async () => {
    await button(/^Make collections/).click()
    const dialog = page.getByRole('dialog')
    await expect.poll(() => dialog.getByRole('textbox').count()).toBe(3)
    await visit.picture('07 names')
    const names = await dialog
      .getByRole('textbox')
      .evaluateAll(fields => fields.map(field => Reflect.get(field, 'value')))
    expect(names).toEqual(['Photos - 2020 - Milledgeville GA', 'Photos - 2020 - Atlanta', 'Sports - Box Scores'])
    await dialog.getByRole('textbox').nth(2).fill('Box scores')
    await button('Make 3 collections').click()
    await button('Show collections').click()
    await visit.settle()
    await visit.picture('08 collections')
    expect(await text()).toMatch(/Box scores[\s\S]*Photos - 2020 - Milledgeville GA/)
  })

  test('photo-stats of a collection needs no LIST request', async () => {
    await page.getByRole('link', { name: 'Photos - 2020 - Milledgeville GA' }).first().click()
    await visit.settle()
    await visit.picture('09 collection')
    await page.getByRole('link', { name: 'Photo stats' }).click()
    await expect.poll(() => text()).toMatch(/0 LIST requests/)
    await expect.poll(() => text()).toMatch(/JPEG/)
    await visit.picture('10 photo-stats')
  })

  test('a collection is refreshed from the bucket itself', async () => {
    await visit.go('/collections?connector=demo')
    await page.getByRole('link', { name: 'Box scores' }).click()
    await button('Refresh from S3').click()
    await expect.poll(() => text(), LONG).toMatch(/1,090 files/)
    await visit.picture('11 refreshed')
  })

  test('what came since is marked in the tree', async () => {
    await place.deliver('second')
    await visit.go('/connectors/demo')
    await button('Import now').click()
    await expect.poll(() => text(), LONG).toMatch(/succeeded.*203,387 objects/)
    await visit.go('/folders?connector=demo&sort=new')
    await visit.picture('12 folders after the second report')
    expect(await text()).toMatch(/\+[\d,]+/)
  })

  test('the delta says how much is new, and which folders lost files', async () => {
    await visit.go('/changes?connector=demo')
    await visit.picture('13 changes')
    expect(await text('.change-sums')).toMatch(/\+2,300[\s\S]*~402[\s\S]*-725/)
    expect(await text('.vanished')).toMatch(/31 files vanished from sports\/box_scores\/2025-26\//)
    await page.locator('.vanished').getByRole('button').first().click()
    await expect.poll(() => page.locator('section[aria-label="Changed files"] tbody tr').count()).toBe(31)
    expect(page.url()).toMatch(/prefix=sports\/box_scores\/2025-26\/&change=deleted$/)
    await expect.poll(() => text('.change-sums')).toMatch(/-31\b/) // of the two reports, though there is a later listing of this folder
    await visit.picture('14 changes of a folder')
  })

  test('what should be there and is not has a reason', async () => {
    await visit.go('/gaps')
    await button('Compare now').click()
    const first = page.locator('section[aria-label="Gaps"] tbody tr').first()
    await first.waitFor(LONG)
    await visit.picture('15 gaps')
    await first.click()
    await page.getByRole('heading', { name: 'Nearest keys' }).waitFor()
    await visit.picture('16 gap')
    expect(await text()).toMatch(/expectation/)
  })

  test('a report has a chart, its rows and its SQL', async () => {
    await visit.go('/reports/storage?connector=demo')
    await page.getByRole('img', { name: /^Bars: / }).waitFor()
    await visit.picture('17 report')
    expect(await text('table')).toMatch(/photos\//)
    await page.getByLabel('top', { exact: true }).fill('2')
    await button('Show').click()
    await expect.poll(() => page.locator('table tbody tr').count()).toBe(2)
    await page.getByText('SQL', { exact: true }).last().click()
    await page.getByRole('link', { name: 'Open in the SQL page' }).click()
    await expect.poll(() => page.url()).toMatch(/\/sql\?q=/)
  })

  test('had no business with anything', () => expect(visit.complaints).toEqual([]))

  test.each([
    ['wide', DESKTOP],
    ['phone', PHONE],
  ])('shuts nobody out: %s, light and dark', async (name, options) => {
    const other = await openVisit(browser, place.url, options)
    const barriers: string[] = []
    for (const path of await listPages()) {
      await other.go(path)
      await other.settle()
      for (const theme of ['light', 'dark'] as const) {
        await other.page.emulateMedia({ colorScheme: theme })
        await other.picture(`page ${path.replace(/\w+_[0-9a-f]{20,}/, 'one')} ${name} ${theme}`)
        if (theme === 'light' && name === 'phone') continue // the colours are those of the wide one
        barriers.push(...(await findBarriers(other.page)).map(each => `${path}, ${theme}: ${each}`))
      }
      const wide = await other.page.evaluate(() => Reflect.get(globalThis, 'document').documentElement.scrollWidth)
      if (wide > (options.viewport?.width ?? 0)) barriers.push(`${path}: is ${wide} wide`)
    }
    expect(barriers).toEqual([])
    expect(other.complaints).toEqual([])
    await other.close()
  })

  /** Every page that somebody can come to. */
  async function listPages(): Promise<string[]> {
    const { collections } = JSON.parse(await (await fetch(`${place.url}/api/collections`)).text())
    const { gaps } = JSON.parse(await (await fetch(`${place.url}/api/gaps`)).text())
    const { jobs } = JSON.parse(await (await fetch(`${place.url}/api/jobs`)).text())
    const ofOne = ['/folders', '/changes', '/reports/growth', '/reports/storage'].map(path => `${path}?connector=demo`)
    return [
      ...['/overview', '/gaps', '/collections', '/connectors', '/jobs', '/reports', '/sql', '/connectors?new=yes'],
      ...ofOne,
      ...['/connectors/demo', `/collections/${collections[0].collection}`, `/gaps/${gaps[0].gap_id}`],
      `/jobs/${jobs[0].job_id}`,
    ]
  }
})
