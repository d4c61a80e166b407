import { Readable } from 'node:stream'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithBrowser, openBrowser } from '../services/chromium.js'
import { openPagePlace, type PagePlace } from './pagePlace.js'
import { findBarriers, openVisit, type PageVisit, WINDOWS } from './pageVisit.js'

const STREAMS = `streams:
  coinbase: { source: coinbase, channels: [market_trades], products: [BTC-USD], freshness: 1h }
  sensors: { source: json, freshness: 1ms }
  quiet: { source: json }
`

const trade = (sequence: number) =>
  JSON.stringify({
    ...{ channel: 'market_trades', client_id: '', timestamp: '2026-01-20T10:01:00Z', sequence_num: sequence },
    events: [
      {
        type: 'update',
        trades: [
          {
            ...{ trade_id: `${sequence}`, product_id: 'BTC-USD', price: sequence === 9 ? 'dear' : '90000.5' },
            ...{ size: '0.1', side: 'BUY', time: '2026-01-20T10:00:01Z' },
          },
        ],
      },
    ],
  })

describeWithBrowser('the page of streams', () => {
  let browser: Browser
  let place: PagePlace
  beforeAll(async () => {
    browser = await openBrowser()
    place = await openPagePlace(STREAMS)
    const ingest = (name: string, lines: readonly string[]) =>
      place.run(['streams', 'ingest', name, '--stdin'], { stdin: Readable.from(lines.map(line => `${line}\n`)) })
    expect(await ingest('coinbase', [0, 1, 5, 9].map(trade))).toMatchObject({ code: 0 })
    expect(await place.run(['streams', 'etl', 'coinbase', '--once'])).toMatchObject({ code: 0 })
    expect(await ingest('sensors', ['{"t":20.5}'])).toMatchObject({ code: 0 })
  })
  afterAll(async () => {
    await place?.close()
    await browser?.close()
  })

  test.each(WINDOWS)('%s: how they go, and one of them', async (name, options) => {
    const visit: PageVisit = await openVisit(browser, place.url, options)
    const { page } = visit
    await visit.go('/streams')
    await visit.picture(`streams ${name}`)
    const row = (stream: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name: stream }) })
    expect(await row('coinbase').innerText()).toMatch(/stopped/)
    expect(await row('sensors').innerText()).toMatch(/(ago|now), late/)
    expect(await row('quiet').innerText()).toMatch(/never/)
    expect(await findBarriers(page)).toEqual([])
    await row('coinbase').getByRole('link').click()
    await page.getByRole('heading', { name: 'coinbase' }).waitFor()
    await visit.settle()
    await visit.picture(`one stream ${name}`)
    const text = await page.locator('main').innerText()
    expect(text).toContain('2, 6 records missed')
    expect(text).toContain('1 line in raw/rejected/coinbase')
    expect(text).toContain('coinbase.market_trades')
    expect(await findBarriers(page)).toEqual([])
    await visit.go('/streams/quiet')
    expect(await page.locator('main').innerText()).toContain('stocktake streams ingest quiet collects records')
    expect(visit.complaints).toEqual([])
    await visit.close()
  })

  test('a table that is not made yet is told with what makes it', async () => {
    const visit = await openVisit(browser, place.url, WINDOWS[0]?.[1] ?? {})
    const { page } = visit
    await visit.go('/sql')
    await page.locator('.cm-content').click()
    await page.keyboard.press('Control+A')
    await page.keyboard.type('select * from quiet.events')
    await page.keyboard.press('Escape') // what would complete it
    expect(await page.locator('.cm-content').innerText()).toBe('select * from quiet.events')
    expect(visit.complaints).toEqual([]) // of the policy, over letters that take the place of what was marked
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByText('stocktake streams ingest quiet').waitFor()
    expect(await page.locator('main').innerText()).toContain('stocktake streams etl quiet makes quiet.events of them')
    await visit.close()
  })

  test('its tables can be asked in SQL, and are completed as they are typed', async () => {
    const visit = await openVisit(browser, place.url, WINDOWS[0]?.[1] ?? {})
    const { page } = visit
    await visit.go('/sql?q=select+count(*)+as+trades+from+')
    await page.getByRole('group').filter({ hasText: 'coinbase.market_trades' }).waitFor()
    await page.locator('.cm-content').click()
    await page.keyboard.press('Control+End')
    await page.keyboard.type('coinbase.market')
    await page.getByRole('option', { name: 'market_trades' }).click()
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByRole('columnheader', { name: 'trades' }).waitFor()
    expect(await page.getByRole('cell').allInnerTexts()).toEqual(['3'])
    await visit.picture('SQL over a stream')
    expect(visit.complaints).toEqual([])
    await visit.close()
  })
})
