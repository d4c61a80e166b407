import { formatBytes, formatCount } from '../../output/quantities.js'
import { type Html, html } from './html.js'
import type { GrowthFigures, GrowthPoint } from './pageFigures.js'
import { bytesText, changeText, dayText, timeText } from './shownText.js'

/** What a chart can show beside each other; of more snapshots it has the first, the last and some between. */
const MOST_POINTS = 240
/** Up to so many, each has a dot. */
const MOST_DOTS = 60
/** What the table has room for: the newest. */
const MOST_ROWS = 40

/** Size, where it is known, and count of objects over the snapshots: a chart each, and a table of both. */
export function drawGrowth({ points }: GrowthFigures): Html {
  const [first] = points
  const last = points.at(-1)
  if (!first || !last) return html`<p class="none">No snapshot of the whole bucket yet.</p>`
  const table = drawTable(points.slice(-MOST_ROWS).reverse(), points.length)
  if (points.length === 1)
    return html`<p class="none">One snapshot so far: growth shows from the second on.</p>${table}`
  const sized = points.filter(({ sizeBytes }) => sizeBytes !== null)
  return html`<div class="charts">
${sized.length > 1 && drawChart('Size', thinned(sized), ({ sizeBytes }) => sizeBytes ?? 0n, formatBytes)}
${drawChart('Objects', thinned(points), ({ objectCount }) => objectCount, formatCount)}
</div>
<details><summary>The snapshots in figures</summary>${table}</details>`
}

function thinned(points: readonly GrowthPoint[]): GrowthPoint[] {
  const count = Math.min(points.length, MOST_POINTS)
  const indexes = Array.from({ length: count }, (_, i) =>
    Math.round((i * (points.length - 1)) / Math.max(1, count - 1)),
  )
  return indexes.flatMap(index => points[index] ?? [])
}

function drawChart(
  title: string,
  points: readonly GrowthPoint[],
  amountOf: (point: GrowthPoint) => bigint,
  format: (value: bigint) => string,
): Html {
  const values = points.map(point => Number(amountOf(point)))
  const { low, high } = rangeOf(values)
  const times = points.map(({ takenAt }) => takenAt.getTime())
  const [from, to] = [times[0] ?? 0, times.at(-1) ?? 0]
  const at = points.map((point, i) => ({
    point,
    x: to > from ? ((times[i] ?? 0) - from) / (to - from) : 0.5,
    y: 1 - ((values[i] ?? 0) - low) / (high - low),
  }))
  const line = at.map(({ x, y }) => `${place(x * 1000)},${place(y * 1000)}`).join(' ')
  const [first, last] = [points[0], points.at(-1)].map(point => (point ? format(amountOf(point)) : ''))
  const dots = at.length > MOST_DOTS ? at.slice(-1) : at
  const ticks = [high, (high + low) / 2, low].map(value => format(BigInt(Math.round(value))))
  return html`<figure><figcaption><b>${title}</b> ${first} → ${last}</figcaption>
<div class="chart"><div class="y" aria-hidden="true">${ticks.map(tick => html`<span>${tick}</span>`)}</div>
<svg role="img" aria-label="${title} from ${first} to ${last}">
<line class="grid" x2="100%"/><line class="grid" x2="100%" y1="50%" y2="50%"/><line class="grid" x2="100%" y1="100%" y2="100%"/>
<svg viewBox="0 0 1000 1000" preserveAspectRatio="none">${low === 0 && html`<polygon points="0,1000 ${line} 1000,1000"/>`}<polyline points="${line}"/></svg>
${dots.map(({ point, x, y }) => html`<circle cx="${place(x * 100)}%" cy="${place(y * 100)}%" r="3.5"><title>${timeText(point.takenAt)}: ${format(amountOf(point))}</title></circle>`)}
</svg>
<div class="x" aria-hidden="true"><span>${dayText(new Date(from))}</span><span>${dayText(new Date(to))}</span></div></div></figure>
`
}

/** From 0, unless that would make all there is to see a flat line at the top. */
function rangeOf(values: readonly number[]): { low: number; high: number } {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  if (most === least) return most === 0 ? { low: 0, high: 1 } : { low: 0, high: most * 1.25 }
  const margin = (most - least) * 0.15
  return least < most * 0.6
    ? { low: 0, high: most + margin }
    : { low: Math.max(0, least - margin), high: most + margin }
}

const place = (at: number): string => String(Math.round(at * 100) / 100)

function drawTable(newest: readonly GrowthPoint[], count: number): Html {
  const rows = newest.map(
    point =>
      html`<tr><th scope="row">${timeText(point.takenAt)}</th><td>${bytesText(point.sizeBytes)}</td><td>${point.objectChange !== null && changeText(point.sizeChange, formatBytes)}</td><td>${formatCount(point.objectCount)}</td><td>${point.objectChange !== null && changeText(point.objectChange, formatCount)}</td></tr>
`,
  )
  const cut = newest.length < count && html`<p class="none">The newest ${newest.length} of ${count} snapshots.</p>`
  return html`<div class="wide"><table class="n4"><thead><tr><th scope="col">snapshot</th><th scope="col">size</th><th scope="col">change</th><th scope="col">objects</th><th scope="col">change</th></tr></thead><tbody>
${rows}</tbody></table></div>${cut}`
}
