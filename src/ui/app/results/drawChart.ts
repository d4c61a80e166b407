import {
  axisX,
  axisY,
  barX,
  dot,
  gridX,
  gridY,
  lineY,
  type PlotOptions,
  plot,
  ruleX,
  selectLast,
  text,
} from '@observablehq/plot'
import type { BarPlan, ChartPlan, LinePlan } from './planChart.js'

// This file brings Plot with it: it is loaded when a chart is first needed.

export interface DrawOptions {
  /** Of the whole, in pixels. */
  readonly width: number
  /** What says all of it to those who don't see it. */
  readonly label: string
  /** A figure as people read it. */
  readonly format: (value: number) => string
}

/** Draws a chart; in the colours of the page, whatever its theme. */
export function drawChart(plan: ChartPlan, options: DrawOptions): Element {
  const drawn = plot({
    ...(plan.shape === 'bars' ? barOptions(plan, options) : lineOptions(plan, options)),
    width: options.width,
    className: 'chart',
    ariaLabel: options.label,
  })
  // One picture: its parts have no names of their own, but for the tooltips.
  drawn.setAttribute('role', 'img')
  for (const part of drawn.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label')
  // Plot puts a <style> into what it draws, which the page's policy refuses; styles.css has the same rules.
  for (const style of drawn.querySelectorAll('style')) style.remove()
  return drawn
}

const BAR_HEIGHT = 22
/** Some pixels of a letter at the size of 12. */
const LETTER = 6.5

function barOptions({ bars }: BarPlan, { width, format }: DrawOptions): PlotOptions {
  const room = Math.min(0.4 * width, 20 + LETTER * Math.max(...bars.map(({ label }) => label.length)))
  const labels = bars.map(({ label }) => cutMiddle(label, Math.floor((room - 12) / LETTER)))
  const data = bars.map((bar, i) => ({ ...bar, i }))
  return {
    height: bars.length * BAR_HEIGHT + 30,
    marginLeft: room,
    marginRight: 72,
    marginTop: 4,
    marginBottom: 26,
    x: { ticks: 4, tickFormat: format, label: null },
    y: { type: 'band', label: null, padding: 0.25, domain: data.map(({ i }) => i) },
    marks: [
      gridX({ ticks: 4, stroke: 'var(--line)', strokeOpacity: 1 }),
      axisX({ ticks: Math.max(2, Math.min(4, Math.floor(width / 180))), tickFormat: format, label: null, tickSize: 0 }),
      axisY({ tickFormat: (i: number) => labels[i] ?? '', label: null, tickSize: 0, fontSize: 12 }),
      barX(data, {
        x: 'value',
        y: 'i',
        fill: 'var(--accent)',
        title: ({ label, value }) => `${label}: ${format(value)}`,
      }),
      text(data, { x: 'value', y: 'i', text: ({ value }) => format(value), textAnchor: 'start', dx: 6, fontSize: 12 }),
      ruleX([0], { stroke: 'var(--soft)' }),
    ],
  }
}

const SERIES = ['var(--accent)', 'var(--series-2)', 'var(--series-3)', 'var(--series-4)', 'var(--series-5)']

function lineOptions({ points }: LinePlan, { width, format }: DrawOptions): PlotOptions {
  const names = [...new Set(points.map(({ series }) => series))]
  const common = { x: 'time', y: 'value', stroke: 'series' } as const
  return {
    height: 240,
    marginLeft: 72,
    marginRight: names.length > 1 ? Math.min(140, 0.25 * width) : 24,
    marginBottom: 30,
    x: { type: 'utc', label: null },
    y: { zero: true, nice: true, label: null },
    color: {
      type: 'ordinal',
      domain: names,
      range: names.map((_, i) => SERIES[i % SERIES.length] ?? SERIES[0]) as string[],
    },
    marks: [
      gridY({ ticks: 5, stroke: 'var(--line)', strokeOpacity: 1 }),
      axisX({ ticks: Math.max(2, Math.min(8, Math.floor(width / 110))), tickSize: 0, label: null, fontSize: 12 }),
      axisY({ ticks: 5, tickFormat: format, tickSize: 0, label: null, fontSize: 12 }),
      lineY(points, { ...common, strokeWidth: 2 }),
      dot(points, {
        ...{ x: 'time', y: 'value', fill: 'series', r: 3.5 },
        title: ({ series, time, value }) =>
          `${series} ${time.toISOString().slice(0, 16).replace('T', ' ')}: ${format(value)}`,
      }),
      ...(names.length > 1
        ? [
            text(
              points,
              selectLast({
                x: 'time',
                y: 'value',
                z: 'series',
                text: 'series',
                textAnchor: 'start',
                dx: 8,
                fontSize: 12,
              }),
            ),
          ]
        : []),
    ],
  }
}

/** What a path ends with tells more than its middle. */
function cutMiddle(label: string, most: number): string {
  const letters = [...label]
  if (letters.length <= most) return label
  const tail = Math.ceil((most - 1) / 2)
  return `${letters.slice(0, Math.max(0, most - 1 - tail)).join('')}…${letters.slice(-tail).join('')}`
}
