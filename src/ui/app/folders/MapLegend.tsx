import type { MapColor } from './folderPlace.js'
import { SHADE_WORDS } from './tileShade.js'
import './mapLegend.css'
import './mapShades.css'

export interface MapLegendProps {
  readonly by: 'bytes' | 'objects'
  readonly color: MapColor
  /** Whether there is a snapshot to tell changes against. */
  readonly hasBase: boolean
  readonly onColor: (color: MapColor) => void
}

/** What areas and colours stand for, and a choice of the latter. */
export function MapLegend({ by, color, hasBase, onColor }: MapLegendProps) {
  return (
    <div className="map-legend">
      <label>
        {by === 'bytes' ? 'area: bytes' : 'area: objects'}, colour:{' '}
        <select value={color} onChange={event => onColor(event.target.value === 'age' ? 'age' : 'change')}>
          <option value="change">change</option>
          <option value="age">age</option>
        </select>
      </label>
      {color === 'change' && !hasBase ? (
        <span className="soft">no snapshot before this one to compare with</span>
      ) : (
        <ul>
          {SHADE_WORDS[color].map(([shade, words]) => (
            <li key={shade}>
              <span className={`swatch shade-${shade}`} aria-hidden="true" />
              {words}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
