import type { Kind } from '../../../output/cells.js'
import { valueText } from '../parts/valueText.js'
import { type GrowthPoint, placeGrowth, thinPoints } from './growthScale.js'

const MOST_POINTS = 240
/** Up to so many, each has a dot. */
const MOST_DOTS = 60

export interface GrowthChartProps {
  readonly title: string
  /** Two or more, by time. */
  readonly points: readonly GrowthPoint[]
  readonly kind: Kind
}

/** A line over time, with a dot and a tooltip for each snapshot as long as they are few. */
export function GrowthChart({ title, points, kind }: GrowthChartProps) {
  const shown = thinPoints(points, MOST_POINTS)
  const scale = placeGrowth(shown)
  const text = (value: number | undefined) => valueText(Math.round(value ?? 0), kind)
  const [first, last] = [shown[0], shown.at(-1)]
  const line = scale.points.map(({ x, y }) => `${x * 1000},${y * 1000}`).join(' ')
  const dots = scale.points.length > MOST_DOTS ? [] : scale.points
  return (
    <figure className="growth">
      <figcaption>
        <b>{title}</b> {text(first?.value)} → {text(last?.value)}
      </figcaption>
      <div className="plot">
        <div className="y" aria-hidden="true">
          {[scale.high, (scale.high + scale.low) / 2, scale.low].map(value => (
            <span key={value}>{text(value)}</span>
          ))}
        </div>
        <svg role="img" aria-label={`${title} from ${text(first?.value)} to ${text(last?.value)}`}>
          {['0%', '50%', '100%'].map(y => (
            <line key={y} className="grid" x2="100%" y1={y} y2={y} />
          ))}
          <svg viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true">
            {scale.low === 0 && <polygon points={`0,1000 ${line} 1000,1000`} />}
            <polyline points={line} />
          </svg>
          {dots.map(({ x, y }, i) => (
            <circle key={x} cx={`${x * 100}%`} cy={`${y * 100}%`} r="3.5">
              <title>{shown[i] && `${dayText(shown[i].time)}: ${text(shown[i].value)}`}</title>
            </circle>
          ))}
        </svg>
        <div className="x" aria-hidden="true">
          <span>{first && dayText(first.time)}</span>
          <span>{last && dayText(last.time)}</span>
        </div>
      </div>
    </figure>
  )
}

const dayText = (time: number): string => new Date(time).toISOString().slice(0, 10)
