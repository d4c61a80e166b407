import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { packageFolder } from '../src/packageFolder.js'

const PAGES = [
  ...readdirSync(packageFolder()).filter(file => file.endsWith('.md')),
  ...readdirSync(join(packageFolder(), 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.md'))
    .map(file => join('docs', file)),
].sort()

const read = (path: string): string => readFileSync(join(packageFolder(), path), 'utf8')

/** The text without blocks of code, in which nothing is a heading or a link. */
const prose = (text: string): string => text.replace(/^( *)```[\s\S]*?^\1```$/gm, '')

/** What GitHub makes of headings: letters, digits, dashes and underscores; the second of a name gets a number. */
function listAnchors(text: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of prose(text).matchAll(/^#{1,6} +(.*)$/gm)) {
    const shown = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const slug = shown.replace(/[^\p{L}\p{N}_\- ]/gu, '').replaceAll(' ', '-')
    let anchor = slug
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`
    anchors.add(anchor)
  }
  return anchors
}

/** The links of a page to files of the repository, as they are spelled. */
const listLinks = (text: string): string[] =>
  [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link).filter(link => !/^[a-z]+:/.test(link))

/** What is wrong with a link, or `undefined`. */
function faultOf(page: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page : normalize(join(dirname(page), path))
  if (!existsSync(join(packageFolder(), target))) return `${link}: there is no ${target}`
  if (anchor === undefined || listAnchors(read(target)).has(anchor)) return undefined
  return `${link}: ${target} has no such heading`
}

test.each(PAGES)('every link of %s leads to something', page => {
  const faults = listLinks(read(page)).map(link => faultOf(page, link))
  expect(faults.filter(fault => fault !== undefined)).toEqual([])
})

test('headings become anchors as on GitHub', () => {
  const text = '# A\n## What `x_y` is, and why\n```sh\n# no heading\n```\n### [storage](../sql/a.sql)\n## A\n'
  expect([...listAnchors(text)]).toEqual(['a', 'what-x_y-is-and-why', 'storage', 'a-1'])
})

test('docs/README.md leads to every page', () => {
  const linked = new Set(
    listLinks(read('docs/README.md')).map(link => normalize(join('docs', link.split('#')[0] ?? ''))),
  )
  expect(PAGES.filter(page => page !== 'docs/README.md' && !linked.has(page))).toEqual([])
})
