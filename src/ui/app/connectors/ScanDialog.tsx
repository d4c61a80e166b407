import { useState } from 'react'
import type { Connector } from '../../../api/connectors.js'
import type { Job } from '../../../api/jobs.js'
import { countText, formatCents, formatShare } from '../../../output/quantities.js'
import { useOverview } from '../hooks/useOverview.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorNote } from '../parts/states.js'
import { useScan } from './useConnectors.js'

export interface ScanDialogProps {
  readonly connector: Connector
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onOrdered: (job: Job) => void
}

/** A LIST request answers with up to so many keys. */
const KEYS_A_REQUEST = 1000

/** Asks how much of the bucket is to be listed, as requests cost money, and says how much where that is known. */
export function ScanDialog({ connector, isOpen, onClose, onOrdered }: ScanDialogProps) {
  const [isFull, setFull] = useState(connector.scan_mode === 'full')
  const scan = useScan(connector.name)
  const known = useOverview().data?.connectors.find(({ guid }) => guid === connector.guid)
  const order = () =>
    scan.mutate(isFull ? { full: true } : { rate: connector.sample_rate }, {
      onSuccess: job => {
        onOrdered(job)
        onClose()
      },
    })
  return (
    <Dialog
      title={`List the bucket of ${connector.name}?`}
      about="Finds what has changed since the last report. Listing takes LIST requests; reports take none."
      isOpen={isOpen}
      onClose={onClose}
      actions={
        <>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="button" className="primary" disabled={scan.isPending} onClick={order}>
            List now
          </button>
        </>
      }
    >
      <fieldset className="choices">
        <legend className="unseen">How much</legend>
        <label className="check-field">
          <input type="radio" name="much" checked={!isFull} onChange={() => setFull(false)} />
          <span>a sample of {formatShare(connector.sample_rate)}: sums are estimates then</span>
        </label>
        <label className="check-field">
          <input type="radio" name="much" checked={isFull} onChange={() => setFull(true)} />
          <span>
            all of it
            {known?.object_count != null && (
              <span className="soft">: {costText(known.object_count, known.listing_cost_usd)}</span>
            )}
          </span>
        </label>
      </fieldset>
      {scan.error && <ErrorNote what="Nothing was ordered" error={scan.error} />}
    </Dialog>
  )
}

function costText(objects: number, usd: number | null): string {
  const requests = `about ${countText(Math.max(1, Math.ceil(objects / KEYS_A_REQUEST)), 'request')}`
  return usd === null ? requests : `${requests}, ${formatCents(usd)}`
}
