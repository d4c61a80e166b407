import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { describeWithBrowser, openBrowser } from '../services/chromium.js'
import { openPagePlace, type PagePlace } from './pagePlace.js'
import { DESKTOP, openVisit, type PageVisit } from './pageVisit.js'

const CONNECTORS = `connectors:
  alpha: { source_bucket: ./demo-bucket, scan_mode: full, schedule: manual }
  beta: { source_bucket: ./demo-bucket, scan_mode: full, schedule: manual }
`

describeWithBrowser('the frame of the page', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(() => browser?.close())

  const open = (place: PagePlace) => openVisit(browser, place.url, DESKTOP)
  const pathOf = (page: Page) => page.url().replace(/^https?:\/\/[^/]+/, '')

  describe('on this machine', () => {
    let place: PagePlace
    let visit: PageVisit
    let page: Page
    beforeAll(async () => {
      place = await openPagePlace(CONNECTORS)
    })
    beforeEach(async () => {
      visit = await open(place)
      page = visit.page
    })
    afterEach(async ({ task }) => {
      if (task.result?.state === 'fail') await visit.picture(`failed ${task.name}`)
      await visit.close()
    })
    afterAll(() => place?.close())

    const button = (name: string) => page.getByRole('button', { name, exact: true })
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key)
    }
    const focusedRow = () =>
      page.evaluate(() => Reflect.get(globalThis, 'document').activeElement?.closest('tr')?.innerText.split('\t')[0])

    test('is walked by keys alone', async () => {
      await visit.go('/jobs')
      await press('g', 'n')
      await page.getByRole('link', { name: 'beta' }).waitFor()
      expect(pathOf(page)).toBe('/connectors')
      await visit.settle() // so that it hears keys
      await press('j')
      expect(await focusedRow()).toBe('alpha')
      await press('j', 'j', 'k', 'ArrowDown')
      expect(await focusedRow()).toBe('beta')
      await press('Enter')
      await page.getByRole('heading', { name: 'beta' }).waitFor()
      expect(pathOf(page)).toBe('/connectors/beta')
      await page.goBack()
      await expect.poll(() => pathOf(page)).toBe('/connectors')
      expect(visit.complaints).toEqual([])
    })

    test('tells its keys, and gives the focus back', async () => {
      await visit.go('/connectors')
      await page.getByRole('link', { name: 'alpha' }).focus()
      await press('?')
      await page.getByRole('dialog', { name: 'Keys' }).waitFor()
      await press('g', 'j') // nothing happens below a dialog
      await press('Escape')
      await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
      expect(pathOf(page)).toBe('/connectors')
      expect(await focusedRow()).toBe('alpha')
    })

    test('finds folders from anywhere', async () => {
      await visit.go('/jobs?connector=beta')
      await press('/')
      await page.keyboard.type('a&b Köln')
      await press('Enter')
      await expect.poll(() => pathOf(page)).toBe('/folders?connector=beta&search=a%26b+K%C3%B6ln')
    })

    test('keeps the theme', async () => {
      await visit.go('/jobs')
      const theme = () => page.locator('html').getAttribute('data-theme')
      expect(await theme()).toBeNull()
      await page.getByRole('button', { name: /^Theme/ }).click()
      await page.getByRole('button', { name: /^Theme/ }).click()
      await page.reload()
      await page.getByRole('heading', { name: 'Jobs' }).waitFor()
      await expect.poll(theme).toBe('dark')
    })

    test('has a table as a file', async () => {
      await visit.go('/connectors')
      const wait = page.waitForEvent('download')
      await button('.csv').click()
      const file = await wait
      expect(file.suggestedFilename()).toBe('connectors.csv')
      const [head, first] = (await readFile(await file.path(), 'utf8')).split('\n')
      expect(head).toBe('name,source_bucket,latest,schedule,last,next')
      expect(first).toMatch(/^alpha,/)
    })

    test('says at the field what is wrong, and what the server refused', async () => {
      await visit.go('/connectors?new=yes')
      await button('Save and test').click()
      await page.getByText('which bucket is counted?').waitFor()
      expect(await page.getByLabel('Name', { exact: true }).getAttribute('aria-invalid')).toBe('true')
      await page.getByLabel('Name', { exact: true }).fill('alpha')
      await page.getByLabel('Bucket', { exact: true }).fill('photo-bucket')
      await page.getByLabel('How it is counted').selectOption('full')
      await button('Save and test').click()
      await page.getByRole('alert').waitFor()
      expect(await page.getByRole('alert').innerText()).toMatch(/It was not made: .*alpha/)
    })

    test('loses no change of somebody else', async () => {
      await visit.go('/connectors?new=yes')
      await page.getByLabel('Name', { exact: true }).fill('shared')
      await page.getByLabel('Bucket', { exact: true }).fill('photo-bucket')
      await page.getByLabel('How it is counted').selectOption('full')
      await button('Save and test').click()
      await page.getByRole('heading', { name: 'Settings' }).waitFor()
      let tellTheirs = () => {}
      const toldTheirs = new Promise<void>(resolve => {
        tellTheirs = resolve
      })
      const settings = /\/connectors\/shared$/
      await page.route(settings, async route => {
        if (route.request().method() === 'GET') await toldTheirs
        await route.fallback()
      })
      const { code } = await place.run(['connectors', 'set', 'shared', '--schedule', 'daily'])
      expect(code).toBe(0)
      await page.getByLabel('Bucket', { exact: true }).fill('another-bucket')
      await button('Save').click()
      await page.getByText('Somebody else has changed these settings').waitFor()
      expect(await button('Show theirs').isDisabled()).toBe(true)
      tellTheirs()
      await button('Show theirs').click()
      await page.unroute(settings)
      await expect.poll(() => page.getByLabel('Imported').inputValue()).toBe('daily')
      expect(await page.getByLabel('Bucket', { exact: true }).inputValue()).toBe('photo-bucket')
    })

    test('keeps to itself what it does not know', async () => {
      await visit.go('/overview?connector=<img src=x onerror=alert(1)>')
      expect(await page.locator('main').innerText()).toContain(
        'There is no connector <img src=x onerror=alert(1)> here',
      )
      await visit.go('/jobs/job_that_never_was')
      await page.getByRole('alert').waitFor()
      expect(await page.getByRole('alert').innerText()).toContain("The job can't be read")
    })
  })

  test('asks for a token where one is needed, and says when the server is gone', async () => {
    const place = await openPagePlace('', ['--require-token'])
    const visit = await open(place)
    const { page } = visit
    try {
      const { stdout } = await place.run(['token', 'create', 'ada', '--role', 'read'])
      const token = /stocktake_\S+/.exec(stdout)?.[0] ?? ''
      await visit.go('/jobs')
      for (const text of ['wrong', token]) {
        await page.getByLabel('Token').fill(text)
        await page.keyboard.press('Enter')
        if (text === 'wrong') await page.getByText('This token is not valid').waitFor()
      }
      await page.getByRole('heading', { name: 'Jobs' }).waitFor()
      await page.goto(`${place.url}/connectors`)
      await page.getByText('Your token may only read').waitFor()
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByLabel('Token').fill(token)
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Connectors' }).waitFor()
    } finally {
      await place.close()
    }
    await page.getByRole('link', { name: 'Jobs' }).click()
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').innerText()).toContain('Stocktake did not answer')
    await visit.close()
  })
})
