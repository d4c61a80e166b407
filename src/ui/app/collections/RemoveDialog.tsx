import type { Collection } from '../../../api/collections.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorNote } from '../parts/states.js'
import { valueText } from '../parts/valueText.js'
import { useChangeCollection } from './useChangeCollection.js'

export interface RemoveDialogProps {
  readonly collection: Collection
  readonly onClose: () => void
  readonly onRemoved: () => void
}

/** Asks whether a collection is to be forgotten. */
export function RemoveDialog({ collection, onClose, onRemoved }: RemoveDialogProps) {
  const { remove } = useChangeCollection(collection)
  return (
    <Dialog
      title={`Remove ${valueText(collection.name)}?`}
      about="The name is forgotten. The folder and its files stay as they are, in the bucket and in the lake."
      isOpen
      onClose={onClose}
      actions={
        <>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button
            type="button"
            className="danger"
            disabled={remove.isPending}
            onClick={() => remove.mutate(undefined, { onSuccess: onRemoved })}
          >
            Remove
          </button>
        </>
      }
    >
      {remove.error && <ErrorNote error={remove.error} what="It is still there" />}
    </Dialog>
  )
}
