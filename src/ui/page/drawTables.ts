import { formatBytes, formatCents, formatCount, formatShare } from '../../output/quantities.js'
import { type Html, html } from './html.js'
import type { AgeFigures, ChangeFigures, ChangeLine, ClassFigures, CostFigures } from './pageFigures.js'
import { bytesText, changeText, minusSigned, mostText, nameHtml } from './shownText.js'

/** What changed, by folder. */
export function drawChanges(changes: ChangeFigures): Html {
  if (changes.kind === 'none') return html`<p class="none">${changes.why}</p>`
  const { all, lines, others, notes } = changes
  const notesHtml = notes.map(note => html`<p class="warn">${note}</p>`)
  if (lines.length === 0) return html`<p class="none">Nothing changed.</p>${notesHtml}`
  const isTouched = all.touchedCount > 0n
  const most = Math.max(1, ...lines.map(({ sizeChange }) => Math.abs(Number(sizeChange ?? 0n))))
  const row = (line: ChangeLine, name: Html, bar?: Html) =>
    html`<tr><th scope="row">${name}</th><td>${signed('+', line.newCount)}</td><td>${signed('~', line.modifiedCount)}</td><td>${signed('−', line.deletedCount)}</td>${isTouched && html`<td>${signed('=', line.touchedCount)}</td>`}<td>${changeText(line.sizeChange, formatBytes)}</td><td class="bars">${bar}</td></tr>
`
  return html`${notesHtml}<div class="wide"><table class="${isTouched ? 'n5' : 'n4'}"><thead><tr><th scope="col">folder</th><th scope="col">new</th><th scope="col">modified</th><th scope="col">deleted</th>${isTouched && html`<th scope="col">touched</th>`}<th scope="col">size</th><td class="bars"></td></tr></thead><tbody>
${lines.map(line => row(line, placeHtml(line), changeBar(Number(line.sizeChange ?? 0n) / most)))}${others && row(others, html`${formatCount(others.folderCount)} other ${others.folderCount === 1 ? 'folder' : 'folders'}`)}</tbody>
<tfoot>${row(all, html`all`)}</tfoot></table></div>`
}

/** A sign and a figure, under a word: a sign alone can be read in either direction. */
const signed = (sign: string, count: bigint): string => (count === 0n ? '' : `${sign}${formatCount(count)}`)

/** To the right of the middle for what grew, to the left for what shrank. */
function changeBar(share: number): Html {
  const width = Math.round(Math.abs(share) * 5000) / 100
  const x = share < 0 ? 50 - width : 50
  return html`<svg class="bar both" aria-hidden="true"><rect class="${share < 0 ? 'less' : 'more'}" x="${x}%" width="${width}%" height="100%"/><line x1="50%" x2="50%" y2="100%"/></svg>`
}

/** A path, in which a line may break after each folder. */
function placeHtml({ path, isDirect, mostly }: Pick<ChangeLine, 'path'> & Partial<ChangeLine>): Html {
  const place = path === '' ? html`at the root` : namesHtml(path)
  return html`${place}${isDirect && path !== '' && html` <em>directly in it</em>`}${
    mostly && html` <em>${mostText(mostly.share)} of it in ${namesHtml(mostly.path)}</em>`
  }`
}

const namesHtml = (path: string): Html =>
  html`${path
    .split('/')
    .slice(0, -1)
    .map(name => html`${nameHtml(name)}/<wbr>`)}`

/** What is in each storage class, and what it costs. */
export function drawClasses({ rows }: ClassFigures): Html {
  if (rows.length === 0) return html`<p class="none">No objects.</p>`
  return html`<div class="wide"><table class="n5"><thead><tr><th scope="col">class</th><th scope="col">size</th><th scope="col">share</th><td class="bars"></td><th scope="col">objects</th><th scope="col">old versions</th><th scope="col">a month</th></tr></thead><tbody>
${rows.map(
  row =>
    html`<tr><th scope="row">${row.storageClass ?? 'not known'}</th><td>${bytesText(row.sizeBytes)}</td><td>${shareText(row.sizeShare)}</td><td class="bars">${shareBar(row.sizeShare)}</td><td>${formatCount(row.objectCount)}</td><td>${row.noncurrentSizeBytes !== 0n && bytesText(row.noncurrentSizeBytes)}</td><td>${monthText(row)}</td></tr>
`,
)}</tbody></table></div>`
}

const monthText = ({ sizeBytes, monthUsd }: ClassFigures['rows'][number]): string =>
  monthUsd !== null ? formatCents(monthUsd) : sizeBytes === null ? 'not known' : 'no price'

/** How old the objects are. */
export function drawAges({ rows }: AgeFigures): Html {
  if (rows.length === 0) return html`<p class="none">No objects.</p>`
  return html`<div class="wide"><table class="n4"><thead><tr><th scope="col">last written</th><th scope="col">size</th><th scope="col">share</th><td class="bars"></td><th scope="col">objects</th><th scope="col">share</th></tr></thead><tbody>
${rows.map(
  row =>
    html`<tr><th scope="row">${row.age}</th><td>${bytesText(row.sizeBytes)}</td><td>${shareText(row.sizeShare)}</td><td class="bars">${shareBar(row.sizeShare)}</td><td>${formatCount(row.objectCount)}</td><td>${shareText(row.objectShare)}</td></tr>
`,
)}</tbody></table></div>`
}

/** The folders that cost most. */
export function drawCost({ dearest, unpricedCount }: CostFigures): Html {
  const unpriced =
    unpricedCount > 0n &&
    html`<p class="warn">No price, or no size, is known for ${formatCount(unpricedCount)} ${unpricedCount === 1n ? 'object or old version' : 'objects and old versions'}: they are in none of these sums.</p>`
  if (dearest.length === 0) return html`<p class="none">Nothing that has a price.</p>${unpriced}`
  const most = Math.max(...dearest.map(({ monthUsd }) => monthUsd)) || 1
  return html`${unpriced}<div class="wide"><table class="n3"><thead><tr><th scope="col">folder</th><th scope="col" class="plain">class</th><th scope="col">a month</th><td class="bars"></td><th scope="col">size</th></tr></thead><tbody>
${dearest.map(
  row =>
    html`<tr><th scope="row">${placeHtml(row)}</th><th scope="row" class="plain">${row.storageClass ?? 'not known'}</th><td>${formatCents(row.monthUsd)}</td><td class="bars">${shareBar(row.monthUsd / most)}</td><td>${bytesText(row.sizeBytes)}</td></tr>
`,
)}</tbody></table></div>`
}

const shareText = (share: number | null): string => (share === null ? '' : minusSigned(formatShare(share)))

const shareBar = (share: number | null): Html | null =>
  share === null
    ? null
    : html`<svg class="bar" aria-hidden="true"><rect width="${Math.round(share * 10_000) / 100}%" height="100%"/></svg>`
