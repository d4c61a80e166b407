import { countText, formatBytes, formatCount, formatShare } from '../../output/quantities.js'
import type { FolderNode } from './folderTree.js'
import { type Html, html } from './html.js'
import type { MapFigures } from './pageFigures.js'
import { cutName, dayText, nameHtml } from './shownText.js'
import { type Box, squarify } from './squarify.js'

/** The map of the folders as HTML, with the rules of style that place its tiles. */
export interface TreemapHtml {
  /** A view for each folder that is parted, the root's last: the one that the address names is shown, or else the root's. */
  readonly views: Html
  readonly style: string
  /** How many folders have a tile of their own in some view. */
  readonly folderCount: number
}

/** Of a drawn rectangle; the page's style has the same. */
export const MAP_ASPECT = 1.7

/** What is less of a folder than this share can't be seen in its view: it is gathered. */
const LEAST_SHARE = 0.0005
/** A tile that is less of its view than this has no room for those in it. */
const LEAST_PARTED_SHARE = 0.012

/** How old the newest object of a folder may be, in days, for each of the colours but the last. */
export const AGE_STEPS = [7, 90, 365, 1095] as const

const DAY_MS = 86_400_000

/**
 * Draws a view of the root and of every folder that is parted, each two levels deep: a tile of the first level leads to
 * its folder's view. Links do that, so that it needs no script, and the way back is the browser's own.
 * @param rootName what the root is called
 */
export function drawTreemap(map: MapFigures & { readonly root: FolderNode }, rootName: string): TreemapHtml {
  const areaOf = (node: FolderNode): number => Number(map.by === 'bytes' ? node.sizeBytes : node.objectCount)
  const root = gatherSmall(map.root, areaOf)
  const views = listViews(root, rootName)
  const places = new Map<string, string>()
  const drawing: Drawing = {
    areaOf,
    map,
    whole: areaOf(root),
    ids: new Map(views.map(({ node, id }) => [node, id])),
    place(box) {
      const rule = placeRule(box)
      const known = places.get(rule)
      if (known !== undefined) return known
      const name = `p${places.size.toString(36)}`
      places.set(rule, name)
      return name
    },
  }
  const [rootView, ...others] = views.map(view => drawView(view, drawing))
  return {
    views: html`${others}${rootView}`,
    style: [...places].map(([rule, name]) => `.${name}{${rule}}`).join('\n'),
    folderCount: countFolders(root),
  }
}

/** The node with what can't be seen beside the rest made one part, at every level. */
function gatherSmall(node: FolderNode, areaOf: (node: FolderNode) => number): FolderNode {
  const least = areaOf(node) * LEAST_SHARE
  const isKept = (child: FolderNode) => child.part !== 'others' && areaOf(child) >= least
  const kept = node.children.filter(child => child.part === 'direct' || isKept(child))
  const small = node.children.filter(child => !kept.includes(child))
  const children = kept.map(child => gatherSmall(child, areaOf))
  return { ...node, children: small.length === 0 ? children : [...children, gathered(small)] }
}

function gathered(nodes: readonly FolderNode[]): FolderNode {
  const sum = (amountOf: (node: FolderNode) => bigint) => nodes.reduce((total, node) => total + amountOf(node), 0n)
  const times = nodes.flatMap(({ lastModified }) => (lastModified ? [lastModified.getTime()] : []))
  return {
    name: '',
    part: 'others',
    folderCount: sum(({ part, folderCount }) => (part === 'others' ? folderCount : 1n)),
    objectCount: sum(({ objectCount }) => objectCount),
    sizeBytes: sum(({ sizeBytes }) => sizeBytes),
    ...(times.length > 0 && { lastModified: new Date(Math.max(...times)) }),
    children: [],
  }
}

const countFolders = ({ part, children }: FolderNode): number =>
  children.reduce((sum, child) => sum + countFolders(child), part === 'folder' ? 1 : 0)

interface View {
  readonly id: string
  readonly node: FolderNode
  /** Those that it lies in, the root's first. */
  readonly above: readonly View[]
  readonly name: string
}

/** The root's is first, whatever is in it. */
function listViews(root: FolderNode, rootName: string): View[] {
  const views: View[] = []
  const visit = (node: FolderNode, name: string, above: readonly View[]): void => {
    const view = { id: `f${views.length}`, node, above, name }
    views.push(view)
    for (const child of node.children) if (child.children.length > 0) visit(child, child.name, [...above, view])
  }
  visit(root, rootName, [])
  return views
}

interface Drawing {
  readonly areaOf: (node: FolderNode) => number
  readonly map: MapFigures
  /** Of the root. */
  readonly whole: number
  readonly ids: ReadonlyMap<FolderNode, string>
  /** The class of what lies there. */
  place(box: Box): string
}

const placeRule = ({ x, y, width, height }: Box): string =>
  `left:${percent(x)};top:${percent(y)};width:${percent(width)};height:${percent(height)}`

const percent = (share: number): string => `${(share * 100).toFixed(2).replace(/\.?0+$/, '')}%`

function drawView(view: View, drawing: Drawing): Html {
  const { node, id, above } = view
  const up = above.at(-1)
  const parts = node.children.length > 0 ? node.children : [{ ...node, part: 'direct' as const }]
  return html`<div class="view${up ? '' : ' root'}" id="${id}">
<nav class="crumbs" aria-label="Folders">${above.map(each => html`<a href="#${each.id}">${nameHtml(each.name)}</a><i aria-hidden="true">/</i>`)}<b>${nameHtml(view.name)}</b>
${up && html`<a class="up" href="#${up.id}">↑ back</a>`}<span class="sum">${figures(node, drawing).map(text => html`<span>${text}</span> `)}</span></nav>
<div class="map">${drawTiles(parts, view, drawing)}</div>
<details><summary>These folders in figures</summary>${drawTable(parts, drawing)}</details>
</div>
`
}

function drawTiles(parts: readonly FolderNode[], view: View, drawing: Drawing): Html[] {
  const { areaOf, ids } = drawing
  const sorted = [...parts].sort((a, b) => areaOf(b) - areaOf(a))
  const boxes = squarify(sorted.map(areaOf), MAP_ASPECT)
  const viewArea = areaOf(view.node)
  return sorted.flatMap((node, i) => {
    const box = boxes[i]
    if (!box || box.width === 0 || box.height === 0) return []
    const id = ids.get(node)
    const classes = `t ${ageClass(node, drawing)} ${drawing.place(box)}`
    const title = titleText(node, view, drawing)
    if (id === undefined) return html`<span class="${classes}" title="${title}">${labelHtml(node, drawing)}</span>`
    if (areaOf(node) < viewArea * LEAST_PARTED_SHARE)
      return html`<a class="${classes}" href="#${id}" title="${title}">${labelHtml(node, drawing)}</a>`
    const inside = { id, node, above: [...view.above, view], name: node.name }
    return html`<div class="${classes} open"><a class="head" href="#${id}" title="${title}">${labelHtml(node, drawing)}</a><div class="in">${drawInside(inside, box, viewArea, drawing)}</div></div>`
  })
}

/** The parts of a tile: who clicks on one that isn't parted itself gets to the folder it lies in. */
function drawInside(view: View, outer: Box, viewArea: number, drawing: Drawing): Html[] {
  const { areaOf, ids } = drawing
  const visible = view.node.children.filter(node => areaOf(node) >= viewArea * LEAST_SHARE)
  const rest = areaOf(view.node) - visible.reduce((sum, node) => sum + areaOf(node), 0)
  const sorted = visible.sort((a, b) => areaOf(b) - areaOf(a))
  const aspect = (outer.width * MAP_ASPECT) / outer.height
  const boxes = squarify([...sorted.map(areaOf), Math.max(0, rest)], aspect)
  return sorted.flatMap((node, i) => {
    const box = boxes[i]
    if (!box || box.width === 0 || box.height === 0) return []
    const classes = `t ${ageClass(node, drawing)} ${drawing.place(box)}`
    return html`<a class="${classes}" tabindex="-1" href="#${ids.get(node) ?? view.id}" title="${titleText(node, view, drawing)}">${labelHtml(node, drawing)}</a>`
  })
}

const labelHtml = (node: FolderNode, { map }: Drawing): Html =>
  html`<b>${labelOf(node)}</b> <small>${map.by === 'bytes' ? formatBytes(node.sizeBytes) : formatCount(node.objectCount)}</small>`

function labelOf(node: FolderNode): Html {
  if (node.part === 'others') return html`${countText(node.folderCount, 'smaller folder')}`
  return node.part === 'direct' ? html`<em>files here</em>` : nameHtml(node.name)
}

/** What a tile says when it is pointed at. */
function titleText(node: FolderNode, view: View, drawing: Drawing): string {
  const place = [...view.above, view]
    .slice(1)
    .map(({ name }) => `${cutName(name)}/`)
    .join('')
  const names = { folder: `${place}${cutName(node.name)}/`, direct: `files directly in ${place || 'the root'}` }
  const others = `${countText(node.folderCount, 'smaller folder')} in ${place || 'the root'}`
  return `${node.part === 'others' ? others : names[node.part]}: ${figuresText(node, drawing)}`
}

const figuresText = (node: FolderNode, drawing: Drawing): string => figures(node, drawing).join(' · ')

function figures(node: FolderNode, { areaOf, map, whole }: Drawing): string[] {
  const share = whole > 0 ? `${formatShare(areaOf(node) / whole)} of all` : ''
  const size = map.by === 'bytes' ? formatBytes(node.sizeBytes) : ''
  const newest = node.lastModified ? `newest ${dayText(node.lastModified)}` : ''
  return [size, countText(node.objectCount, 'object'), share, newest].filter(text => text !== '')
}

function ageClass({ lastModified }: FolderNode, { map }: Drawing): string {
  if (!lastModified) return 'ax'
  const days = (map.takenAt.getTime() - lastModified.getTime()) / DAY_MS
  const step = AGE_STEPS.findIndex(limit => days <= limit)
  return `a${step < 0 ? AGE_STEPS.length : step}`
}

function drawTable(parts: readonly FolderNode[], { areaOf, ids, map, whole }: Drawing): Html {
  const rows = parts.map(node => {
    const id = ids.get(node)
    const name = id === undefined ? labelOf(node) : html`<a href="#${id}">${nameHtml(node.name)}</a>`
    return html`<tr><th scope="row">${name}</th><td>${map.by === 'bytes' && formatBytes(node.sizeBytes)}</td><td>${whole > 0 && formatShare(areaOf(node) / whole)}</td><td>${formatCount(node.objectCount)}</td><td>${node.lastModified && dayText(node.lastModified)}</td></tr>
`
  })
  return html`<div class="wide"><table class="n4"><thead><tr><th scope="col">folder</th><th scope="col">size</th><th scope="col">of all</th><th scope="col">objects</th><th scope="col">newest</th></tr></thead><tbody>
${rows}</tbody></table></div>`
}
