import { createHash } from 'node:crypto'
import { countText, formatBytes, formatCents, formatCount, formatShare } from '../../output/quantities.js'
import { drawGrowth } from './drawGrowth.js'
import { drawAges, drawChanges, drawClasses, drawCost } from './drawTables.js'
import { type AGE_STEPS, drawTreemap } from './drawTreemap.js'
import { type Html, html, preformatted } from './html.js'
import type { Asked, ChangeFigures, MapFigures, NewestFigures, PageFigures } from './pageFigures.js'
import { PAGE_SCRIPT } from './pageScript.js'
import { PAGE_STYLE } from './pageStyle.js'
import { ageText, bytesText, changeText, nameHtml, timeText } from './shownText.js'

/**
 * A page with all of it: one file of HTML that loads nothing, from wherever it is opened. Its policy lets no script and no
 * style run but its own, by their hashes.
 */
export function formatPage(figures: PageFigures): string {
  const { connector, isRedacted, madeAt, version, newest, map, changes, growth, classes, ages, cost } = figures
  const drawn = drawMap(map, figures.bucket)
  const style = `${PAGE_STYLE}${drawn.style}\n`
  const body = html`
<header>
<h1>${nameHtml(connector)}</h1>
<p class="where">bucket ${nameHtml(figures.bucket)} · ${drawState(newest)}</p>
${drawWarnings(newest)}
</header>
<main>
${drawFigures(figures)}
${drawSection('Folders', mapLead(map, newest, drawn.folderCount), drawn.html, map, isRedacted)}
${drawSection('Changes', changesLead(changes), drawChanges(changes), changes.kind === 'changes' ? changes : undefined, isRedacted)}
${drawSection('Growth', 'Size and objects over the snapshots of the whole bucket.', drawGrowth(growth), growth, isRedacted)}
${drawSection('Storage classes', 'Shares are of the size of current objects; the cost has old versions, too.', drawClasses(classes), classes, isRedacted)}
${drawSection('Ages', 'When the objects were last written, seen from the snapshot.', drawAges(ages), ages, isRedacted)}
${drawSection('Cost', `What costs most in a month, by first-level folder and class, old versions included. ${cost.prices}`, drawCost(cost), cost, isRedacted)}
</main>
<footer>
<p>Made by Stocktake ${version} on ${timeText(madeAt)} UTC, from the snapshot of ${timeText(newest.takenAt)} UTC. This file loads nothing and sends nothing.</p>
${isRedacted && html`<p>The names of the connector, its bucket and its folders are replaced by tokens, which stay the same from page to page. Figures, dates, storage classes and prices are as they are.</p>`}
</footer>
`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '${hashOf(PAGE_SCRIPT)}'; style-src '${hashOf(style)}'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${html`${connector}, ${timeText(newest.takenAt)}: Stocktake`.html}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>${body.html}<script>${PAGE_SCRIPT}</script>
</body>
</html>
`
}

const hashOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`

/** How fresh the figures are, where the page says whose they are. */
function drawState({ takenAt, ageMs, freshness, source }: NewestFigures): Html {
  const how = source === 'api' ? 'scan' : 'inventory report'
  const state = freshness && html` · <span class="state${freshness === 'fresh' ? '' : ' late'}">${freshness}</span>`
  return html`${how} of <b>${timeText(takenAt)} UTC</b>, ${ageText(ageMs)} when this page was made${state}`
}

function drawWarnings({ sampleRate, rejectedRowCount }: NewestFigures): Html {
  return html`${
    sampleRate !== undefined &&
    html`<p class="warn">A sample of ${formatShare(sampleRate)} of the bucket: figures are of what was listed, and not scaled.</p>`
  }${
    rejectedRowCount > 0n &&
    html`<p class="warn">${countText(rejectedRowCount, 'malformed row')} of the report left out.</p>`
  }`
}

function drawFigures({ newest, cost, changes, growth, isRedacted }: PageFigures): Html {
  const { noncurrent } = newest
  return html`<dl class="figures">
${drawFigure('Size', bytesText(newest.sizeBytes), 'of current objects')}
${drawFigure('Objects', formatCount(newest.objectCount), 'current')}
${drawFigure('Old versions', bytesText(noncurrent?.sizeBytes ?? null), noncurrent ? `in ${formatCount(noncurrent.objectCount)}` : 'a scan lists none')}
${drawFigure('A month costs', cost.monthUsd === null ? 'not known' : formatCents(cost.monthUsd), costMore(cost))}
${drawFigure(...changeFigure(changes))}
</dl>
${drawSql('The queries behind these figures', [newest, growth, cost], isRedacted)}`
}

const drawFigure = (name: string, value: string, more: string): Html =>
  html`<div><dt>${name}</dt><dd class="big">${value}</dd><dd class="more">${more}</dd></div>`

function costMore({ monthUsd, unpricedCount, noncurrentMonthUsd, prices }: PageFigures['cost']): string {
  if (monthUsd === null) return unpricedCount > 0n ? 'no price, or no size, is known' : 'nothing to pay for'
  const without = unpricedCount > 0n ? `without ${formatCount(unpricedCount)} of no known price or size. ` : ''
  const old = noncurrentMonthUsd ? `${formatCents(noncurrentMonthUsd)} of it for old versions. ` : ''
  return `${without}${old}${prices}`
}

function changeFigure(changes: ChangeFigures): [name: string, value: string, more: string] {
  if (changes.kind === 'none') return ['Changes', '–', changes.why]
  const { newCount, modifiedCount, deletedCount, sizeChange } = changes.all
  const counts = [
    newCount > 0n && `+${formatCount(newCount)} new`,
    modifiedCount > 0n && `~${formatCount(modifiedCount)} modified`,
    deletedCount > 0n && `−${formatCount(deletedCount)} deleted`,
  ].filter(text => text !== false)
  return [
    `Since ${changes.since}`,
    changeText(sizeChange, formatBytes) || '0 B',
    counts.join(', ') || 'no other content',
  ]
}

interface DrawnMap {
  readonly html: Html
  readonly style: string
  readonly folderCount: number
}

function drawMap(map: MapFigures, bucket: string): DrawnMap {
  const { root } = map
  if (!root) return { html: html`<p class="none">No objects.</p>`, style: '', folderCount: 0 }
  const { views, style, folderCount } = drawTreemap({ ...map, root }, bucket)
  return { html: html`<div id="map">${views}</div>${drawLegend()}`, style, folderCount }
}

const STEP_NAMES = ['a week', '90 days', 'a year', '3 years'] as const satisfies { length: typeof AGE_STEPS.length }

const drawLegend = (): Html => html`<ul class="legend"><li>newest object written</li>
${STEP_NAMES.map((name, i) => html`<li><span class="a${i}"></span>within ${name}</li>`)}<li><span class="a${STEP_NAMES.length}"></span>earlier</li><li><span class="ax"></span>not known</li></ul>`

function mapLead({ root, by, folderCount }: MapFigures, { sizeBytes }: NewestFigures, drawnCount: number): string {
  if (!root) return ''
  const why = sizeBytes === null ? 'no sizes are known' : 'all objects are empty'
  const area = `A tile is as large as what is in it${by === 'objects' ? `, by count, as ${why}` : ''}; a click goes in.`
  return BigInt(drawnCount) >= folderCount
    ? area
    : `${area} Drawn are ${formatCount(drawnCount)} of ${countText(folderCount, 'folder')}; the others are too small, and gathered where they lie, or have no current objects.`
}

const changesLead = (changes: ChangeFigures): string =>
  changes.kind === 'none' ? '' : `What the snapshot changed against that of ${changes.since} UTC, by folder.`

function drawSection(title: string, lead: string, content: Html, asked: Asked | undefined, isRedacted: boolean): Html {
  return html`<section>
<h2>${title}</h2>
${lead !== '' && html`<p class="lead">${lead}</p>`}
${content}
${asked && drawSql('The query behind it', [asked], isRedacted)}
</section>
`
}

function drawSql(title: string, asked: readonly Asked[], isRedacted: boolean): Html {
  const texts = asked.map(({ sql }) => html`<pre tabindex="0">${preformatted(sql.trim())}</pre>`)
  const note = isRedacted && html`<p class="none">The connector's token stands for its name.</p>`
  return html`<details><summary>${title}</summary>${note}${texts}</details>`
}
