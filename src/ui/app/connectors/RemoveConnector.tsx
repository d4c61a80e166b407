import type { Connector } from '../../../api/connectors.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorNote } from '../parts/states.js'
import type { PageProps } from '../view.js'
import { useRemoveConnector } from './useConnectors.js'

export interface RemoveConnectorProps extends Pick<PageProps, 'onView'> {
  readonly connector: Connector
  readonly isOpen: boolean
  readonly onClose: () => void
}

/** Asks once more, and says what stays. */
export function RemoveConnector({ connector, isOpen, onClose, onView }: RemoveConnectorProps) {
  const remove = useRemoveConnector(connector)
  const removeNow = () => remove.mutate(undefined, { onSuccess: () => onView({ page: 'connectors', params: {} }) })
  return (
    <Dialog
      title={`Remove ${connector.name}?`}
      about="Its snapshots stay in the lake; nothing is imported into it any more."
      isOpen={isOpen}
      onClose={onClose}
      actions={
        <>
          <button type="button" onClick={onClose}>
            Keep it
          </button>
          <button type="button" className="danger" disabled={remove.isPending} onClick={removeNow}>
            Remove
          </button>
        </>
      }
    >
      {remove.error && <ErrorNote what="It was not removed" error={remove.error} />}
    </Dialog>
  )
}
