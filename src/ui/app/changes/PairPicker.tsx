import type { SnapshotList } from '../../../api/snapshots.js'
import { useApi } from '../hooks/useApi.js'
import { timeText } from '../parts/valueText.js'
import type { ShownChanges } from './changesQuery.js'

interface PairPickerProps {
  readonly shown: ShownChanges
  readonly onChange: (changes: { readonly from?: string | undefined; readonly to?: string | undefined }) => void
}

/** Which two snapshots are compared: the newest with its base, unless somebody chooses others. */
export function PairPicker({ shown, onChange }: PairPickerProps) {
  const { data } = useApi<SnapshotList>('/snapshots', { connector: shown.connector })
  const whole = (data?.snapshots ?? []).filter(({ scope, sample_rate }) => scope === '' && sample_rate === null)
  const options = whole.map(({ snapshot, taken_at }) => (
    <option key={snapshot} value={snapshot}>
      {timeText(taken_at)}
    </option>
  ))
  return (
    <p className="pair-picker">
      <label>
        from{' '}
        <select value={shown.from ?? ''} onChange={event => onChange({ from: event.target.value || undefined })}>
          <option value="">the snapshot before</option>
          {withChosen(shown.from, whole, options)}
        </select>
      </label>{' '}
      <span aria-hidden="true">→</span>{' '}
      <label>
        to{' '}
        <select value={shown.to ?? ''} onChange={event => onChange({ to: event.target.value || undefined })}>
          <option value="">the newest</option>
          {withChosen(shown.to, whole, options)}
        </select>
      </label>
    </p>
  )
}

/** A snapshot of the address that isn't in the list (of a date, or an old one) can be seen all the same. */
function withChosen(
  chosen: string | undefined,
  known: readonly { readonly snapshot: string }[],
  options: readonly React.ReactNode[],
) {
  const isKnown = chosen === undefined || known.some(({ snapshot }) => snapshot === chosen)
  return isKnown ? options : [<option key={chosen}>{chosen}</option>, ...options]
}
