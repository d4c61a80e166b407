import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ReportRow } from '../../src/demo/writeReport.js'
import { FOLDERS } from '../commands/hostileLake.js'
import { describeWithBrowser, openBrowser } from '../services/chromium.js'
import { BUCKET, CONFIG_NAME, openPagePlace, type PagePlace, REPORTS } from './pagePlace.js'
import { DESKTOP, openVisit, type PageVisit } from './pageVisit.js'

const CONNECTORS = `
connectors:
  demo:
    source_bucket: ./${BUCKET}
    inventory: { destination_bucket: ./${REPORTS}, config_name: ${CONFIG_NAME} }
    schedule: manual
`
const FIRST_LOAD_BYTES = 150_000

const object = (key: string, size: number): ReportRow => {
  return { key, size, eTag: `e${size}`, lastModified: new Date('2026-01-01T10:30:00Z'), storageClass: 'STANDARD' }
}

// The names in this bucket are made to run scripts, to load pictures and to turn the direction of text.
describeWithBrowser('the page, part by part', () => {
  let place: PagePlace
  let browser: Browser
  let visit: PageVisit
  beforeAll(async () => {
    place = await openPagePlace(CONNECTORS)
    const older = FOLDERS.map((name, i) => object(`${name}/a.jpg`, 1000 * (i + 1)))
    const newer = FOLDERS.map((name, i) => object(`${name}/<img src=x onerror=alert(4)>.jpg`, 7000 * (i + 1)))
    await place.putReport(new Date('2026-01-19T01:00Z'), older)
    await place.putReport(new Date('2026-01-20T01:00Z'), [...older.slice(1), ...newer])
    const { code, stderr } = await place.run(['import', 'demo', '--all'])
    if (code !== 0) throw new Error(stderr)
    browser = await openBrowser()
    visit = await openVisit(browser, place.url, DESKTOP)
  })
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await visit.picture(`failed ${task.name}`)
  })
  afterAll(async () => {
    await browser?.close()
    await place?.close()
  })

  test('the first load is small', async () => {
    const other = await openVisit(browser, place.url, {})
    const sizes: Promise<number>[] = []
    other.page.on('response', answer => {
      if (new URL(answer.url()).pathname.startsWith('/assets/'))
        sizes.push(answer.body().then(body => gzipSync(body).length))
    })
    await other.go('/')
    await other.page.waitForTimeout(500) // for what comes a little later
    const all = await Promise.all(sizes)
    expect(all.length).toBeGreaterThan(2)
    expect(all.reduce((sum, size) => sum + size, 0)).toBeLessThan(FIRST_LOAD_BYTES)
    await other.close()
  })

  test.each([
    ['/folders?connector=demo'],
    ['/changes?connector=demo'],
    ['/changes?connector=demo&prefix=serengeti/'],
    ['/reports/storage?connector=demo'],
    ['/reports/largest?connector=demo'],
    ['/sql?q=select+key+from+objects_latest'],
  ])('names are text: %s', async path => {
    await visit.go(path)
    const run = visit.page.getByRole('button', { name: 'Run' })
    if (path.startsWith('/sql')) await run.click()
    await expect.poll(() => visit.page.locator('main').innerText()).toMatch(/<img src=x onerror=alert|serengeti/)
    await visit.picture(`names ${path}`)
    expect(await visit.page.locator('img, iframe, object, embed').count()).toBe(0)
    expect(visit.complaints).toEqual([])
  })

  describe('SQL', () => {
    const editor = () => visit.page.getByRole('textbox', { name: 'SQL' })
    const write = async (sql: string) => {
      await visit.page.locator('.cm-content').waitFor()
      await editor().click()
      await visit.page.keyboard.press('ControlOrMeta+a')
      await visit.page.keyboard.press('Backspace')
      await visit.page.keyboard.insertText(sql)
    }
    const main = () => visit.page.locator('main').innerText()

    test('runs by Ctrl-Enter, is in the address, and Back shows the one before', async () => {
      await visit.go('/sql')
      await write('select count(*) as how_many from objects_latest')
      await visit.page.keyboard.press('Control+Enter')
      await expect.poll(() => visit.page.locator('main table').innerText()).toMatch(/how_many\s*21/)
      expect(visit.page.url()).toMatch(/\?q=select\+count/)
      await write('select 7 as other')
      await visit.page.keyboard.press('Control+Enter')
      await expect.poll(() => visit.page.locator('main table').innerText()).toMatch(/other\s*7/)
      await visit.page.goBack()
      await expect.poll(() => editor().innerText()).toMatch(/how_many/)
    })

    test('keys of the page are letters in it', async () => {
      await visit.go('/sql')
      await write('')
      await visit.page.keyboard.type('g?/jk')
      expect(await editor().innerText()).toBe('g?/jk')
      expect(await visit.page.getByRole('dialog').count()).toBe(0)
      expect(visit.page.url()).toMatch(/\/sql$/)
    })

    test('keeps each letter, however fast they come', async () => {
      await visit.go('/sql')
      await write('')
      await visit.page.evaluate(async () => {
        const document = Reflect.get(globalThis, 'document')
        for (const letter of 'abcdefghij'.repeat(20)) {
          document.execCommand('insertText', false, letter)
          await new Promise(resolve => setTimeout(resolve))
        }
      })
      expect(await editor().innerText()).toBe('abcdefghij'.repeat(20))
    })

    test('goes on where one had begun to write before the editor was there', async () => {
      await visit.page.goto(`${place.url}/sql?q=select+1`)
      let letGo = (): void => {}
      const held = new Promise<void>(resolve => {
        letGo = resolve
      })
      await visit.page.route('**/openSqlEditor*.js', route => held.then(() => route.continue()))
      await visit.page.reload()
      await visit.page.locator('textarea').focus()
      await visit.page.keyboard.press('End')
      await visit.page.keyboard.type('2 as ')
      letGo()
      await visit.page.locator('.cm-content').waitFor()
      await visit.page.keyboard.type('twelve')
      expect(await editor().innerText()).toBe('select 12 as twelve')
      await visit.page.unroute('**/openSqlEditor*.js')
    })

    test('completes views and their columns', async () => {
      await visit.go('/sql')
      await visit.page.locator('.sql-views summary').first().waitFor()
      await write('select ')
      await visit.page.keyboard.type('* from objects_l')
      await visit.page.getByRole('option', { name: 'objects_latest', selected: true }).waitFor()
      await visit.picture('completion')
      await visit.page.waitForTimeout(200) // it takes no keys in its first moments, lest it is meant for the text
      await visit.page.keyboard.press('Enter')
      await expect.poll(() => editor().innerText()).toMatch(/objects_latest/)
    })

    test('a mistake is told and marked where it stands', async () => {
      await visit.go('/sql')
      await write('select key,\n  siz\nfrom objects_latest')
      await visit.page.keyboard.press('Control+Enter')
      await expect.poll(main).toMatch(/Referenced column "siz" not found/)
      expect(await visit.page.locator('.cm-content .fault').innerText()).toBe('siz')
      await visit.picture('SQL with a mistake')
    })

    test('gives all rows as CSV', async () => {
      await visit.go('/sql')
      await write("select key from objects_latest where key like 'serengeti%' order by 1")
      const download = visit.page.waitForEvent('download')
      await visit.page.getByRole('button', { name: 'CSV' }).click()
      const file = await (await download).path()
      expect(await readFile(file, 'utf8')).toBe('key\nserengeti/<img src=x onerror=alert(4)>.jpg\n')
    })

    test('can be stopped', async () => {
      await visit.go('/sql')
      await write('select sum(a.range * b.range) from range(10000000) a, range(10000000) b')
      await visit.page.getByRole('button', { name: 'Run' }).click()
      await expect.poll(main).toMatch(/Running/)
      await visit.page.getByRole('button', { name: 'Stop' }).click()
      await expect.poll(main).toMatch(/Stopped/)
    })

    test('has a history, which outlives the page', async () => {
      await visit.go('/sql')
      await visit.page.locator('.sql-history li').first().waitFor()
      await visit.page.getByRole('button', { name: 'select 7 as other' }).click()
      await expect.poll(() => editor().innerText()).toBe('select 7 as other')
      await visit.page.getByRole('button', { name: 'Clear the history' }).click()
      await visit.go('/sql')
      expect(await main()).toMatch(/What you run is kept here/)
    })

    test('complained of nothing but the mistake', () => {
      expect(visit.complaints.filter(each => !each.includes('status of 422'))).toEqual([])
    })
  })
})
