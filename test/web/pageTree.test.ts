import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FolderPage } from '../../src/api/folders.js'
import { MOST_ABOVE } from '../../src/ui/app/folders/openFolders.js'
import { describeWithBrowser, openBrowser } from '../services/chromium.js'
import { shownFolder } from '../ui/shownFolder.js'
import { DESKTOP, PHONE } from './pageVisit.js'

const SITE = 'http://stocktake.test'
const MILLION = 1_000_000
const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html' }

// Every folder has a million others directly in it: no server has them, they are made as they are asked for.
describeWithBrowser('the tree of a million folders', () => {
  let browser: Browser
  let page: Page
  const asked: string[] = []
  beforeAll(async () => {
    browser = await openBrowser()
    page = await browser.newPage(DESKTOP)
    await page.route(`${SITE}/**`, async route => {
      const url = new URL(route.request().url())
      if (url.pathname.endsWith('/inventory/folders')) asked.push(url.search)
      const json = url.pathname.startsWith('/api/') ? answer(url) : undefined
      if (json) await route.fulfill({ json })
      else if (url.pathname.startsWith('/api/')) await route.abort()
      else {
        const path = extname(url.pathname) === '' ? 'index.html' : url.pathname
        const contentType = TYPES[extname(path)] ?? 'image/svg+xml'
        await route.fulfill({ body: await readFile(join('dist/ui', path)).catch(() => ''), contentType })
      }
    })
    await page.goto(`${SITE}/folders`)
    await page.locator('.tree-rows tr').first().waitFor()
  })
  afterAll(() => browser?.close())

  const rowCount = async () => Number(await page.getByRole('treegrid').getAttribute('aria-rowcount')) - 1
  const active = () => page.locator('.is-active').innerText()
  const drawnCount = () => page.locator('.tree-rows tr').count()

  test('reads and draws what is seen of it', async () => {
    expect(await drawnCount()).toBeLessThan(60)
    expect(asked.filter(query => query.includes('cursor'))).toEqual([])
  })

  test('reads on as it is walked, as far as there is room', async () => {
    await page.keyboard.press('j')
    await expect
      .poll(async () => {
        await page.keyboard.press('End')
        return active()
      })
      .toMatch(/^998,000 folders more/)
    expect(await rowCount()).toBe(2002) // the root, and the row that leads on
    expect(await drawnCount()).toBeLessThan(60)
  })

  test('puts away what was seen, and goes on; and back', async () => {
    await page.keyboard.press('Enter')
    await expect.poll(active).toMatch(/^2,000 folders before these/)
    await page.keyboard.press('j')
    expect(await active()).toMatch(/^.?\s*0002000\//)
    expect(await page.locator('.is-active').getAttribute('aria-posinset')).toBe('2001')
    await page.keyboard.press('k')
    await page.keyboard.press('Enter')
    await expect.poll(active).toMatch(/^998,000 folders more/)
  })

  test('is opened, marked and left by keys', async () => {
    await page.keyboard.press('Home')
    for (const key of ['j', 'ArrowRight']) await page.keyboard.press(key)
    await expect.poll(() => page.locator('.is-active').getAttribute('aria-expanded')).toBe('true')
    await expect.poll(() => page.getByLabel('Select 0000000/0000000/', { exact: true }).count()).toBe(1)
    for (const key of ['Space', 'ArrowRight', 'Space']) await page.keyboard.press(key)
    expect(await page.locator('.selection-bar p').innerText()).toMatch(
      /^2 folders selected · 1\.0 MB · 1,000 files \(1 lies in another and is counted once\)/,
    )
    await page.keyboard.press('Enter')
    await expect.poll(() => page.url()).toBe(`${SITE}/folders?path=0000000/0000000/`)
    for (const key of ['ArrowLeft', 'ArrowLeft', 'ArrowLeft']) await page.keyboard.press(key)
    expect(await page.locator('.is-active').getAttribute('aria-expanded')).toBe('false')
    expect(await active()).toMatch(/0000000\//)
  })

  test('opens the deepest folder with the nearest of those above it, and shows their names', async () => {
    const deepest = '0000000/'.repeat(128) // 1,024 bytes
    asked.length = 0
    await page.goto(`${SITE}/folders?path=${deepest}`)
    const shown = page.locator('.tree-row.is-shown')
    await expect.poll(() => shown.innerText()).toMatch(/^128\s.*0000000\//s)
    const parents = asked.map(query => new URLSearchParams(query).get('parent') ?? '')
    const above = new Set(parents.filter(parent => deepest.startsWith(parent)))
    expect(above.size).toBe(MOST_ABOVE + 2) // and the root, and itself
    const crumbs = page.getByRole('navigation', { name: 'Folders above' })
    expect((await crumbs.getByRole('listitem').allInnerTexts()).slice(1, 4)).toEqual([
      '0000000/',
      '119 more',
      '0000000/',
    ])
    for (const { viewport } of [PHONE, DESKTOP]) {
      if (viewport) await page.setViewportSize(viewport)
      await expect.poll(() => isInside(shown.locator('.folder-name'), shown.locator('.tree-name'))).toBe(true)
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
    }
    await crumbs.getByRole('button', { name: '119 more' }).click()
    expect(await crumbs.getByRole('listitem').count()).toBe(129)
  })

  test('goes up to where a deep tree begins', async () => {
    await page.getByRole('treegrid').focus()
    for (const key of ['Home', 'j']) await page.keyboard.press(key)
    expect(await active()).toMatch(/^98 levels above these/)
    await page.keyboard.press('Enter')
    await expect.poll(() => page.url()).toBe(`${SITE}/folders?path=${'0000000/'.repeat(98)}`)
    await expect.poll(() => page.locator('.tree-row.is-shown').innerText()).toMatch(/^98\s.*0000000\//s)
  })
})

/** Whether all of an element's width is seen in another one. */
async function isInside(inner: Locator, outer: Locator): Promise<boolean> {
  const [a, b] = await Promise.all([inner.boundingBox(), outer.boundingBox()])
  return a !== null && b !== null && a.width >= 30 && a.x >= b.x && a.x + a.width <= b.x + b.width
}

function answer({ pathname, searchParams }: URL): unknown {
  const snapshot = {
    connector: 'big',
    snapshot: '2026-01-20T01-00Z',
    taken_at: '2026-01-20T01:00:00.000Z',
    source: 'inventory',
    sample_rate: null,
    base_snapshot: null,
    freshness: 'fresh',
  } as const
  if (pathname === '/api/session') return { role: 'operate', name: null, needs_token: false }
  if (pathname === '/api/overview') return overviewOf(snapshot)
  if (pathname === '/api/connectors/big/inventory/folders') return folderPageOf(snapshot, searchParams)
  return undefined
}

const overviewOf = (latest: FolderPage['snapshot']) => ({
  lake: 'lake',
  version: '0',
  now: '2026-01-20T09:00:00.000Z',
  connectors: [{ guid: 'con_big', name: 'big', latest }],
  gaps: null,
  collection_count: 0,
  jobs: { running: 0, waiting: 0, failed: 0 },
  daemon: { seen_at: null, is_running: false },
  attention: [],
})

function folderPageOf(snapshot: FolderPage['snapshot'], query: URLSearchParams): FolderPage {
  const [parent, first, limit] = [query.get('parent') ?? '', Number(query.get('cursor')), Number(query.get('limit'))]
  const facts = { object_count: 1000, total_size_bytes: 1e6, folder_count: MILLION }
  return {
    snapshot,
    parent: shownFolder(parent, facts),
    folders: Array.from({ length: limit }, (_, i) =>
      shownFolder(`${parent}${String(first + i).padStart(7, '0')}/`, facts),
    ),
    total: MILLION,
    newer_scans: [],
    next: String(first + limit),
  }
}
