import '../styles/chart.css'
import { useEffect, useRef, useState } from 'react'
import { valueText } from '../parts/valueText.js'
import type { ChartPlan } from './planChart.js'

interface ChartProps {
  readonly plan: ChartPlan
  /** What it shows, in words; the table below has the figures. */
  readonly label: string
}

/** A chart of what a table beside it has as text. Without its library, which is loaded now, the table does. */
export function Chart({ plan, label }: ChartProps) {
  const host = useRef<HTMLDivElement>(null)
  const width = useWidth(host)
  const [isMissing, setMissing] = useState(false)
  useEffect(() => {
    if (width === 0) return
    let isGone = false
    import('./drawChart.js').then(
      ({ drawChart }) => {
        if (isGone) return
        const format = (value: number) => valueText(value, plan.kind)
        host.current?.replaceChildren(drawChart(plan, { width, label, format }))
      },
      () => setMissing(true),
    )
    return () => {
      isGone = true
    }
  }, [plan, label, width])
  if (isMissing) return <p className="muted">The chart could not be loaded; the table has the figures.</p>
  return <div className="chart-host" ref={host} />
}

/** The width of an element, as it changes; 0 before it is known. */
function useWidth(host: React.RefObject<HTMLDivElement | null>): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    if (!host.current) return
    const observer = new ResizeObserver(([entry]) => setWidth(Math.round(entry?.contentRect.width ?? 0)))
    observer.observe(host.current)
    return () => observer.disconnect()
  }, [host])
  return width
}
