import { useId, useState } from 'react'
import type { Collection } from '../../../api/collections.js'
import { LONGEST_NAME } from '../../../collections/collectionName.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorNote } from '../parts/states.js'
import { useChangeCollection } from './useChangeCollection.js'

export interface RenameDialogProps {
  readonly collection: Collection
  readonly onClose: () => void
}

/** Asks for another name. */
export function RenameDialog({ collection, onClose }: RenameDialogProps) {
  const id = useId()
  const [name, setName] = useState(collection.name)
  const { rename } = useChangeCollection(collection)
  return (
    <Dialog
      title="Rename the collection"
      isOpen
      onClose={onClose}
      actions={
        <>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" form={id} className="primary" disabled={name.trim() === '' || rename.isPending}>
            Rename
          </button>
        </>
      }
    >
      <form
        id={id}
        className="field"
        onSubmit={event => {
          event.preventDefault()
          rename.mutate(name, { onSuccess: onClose })
        }}
      >
        <label htmlFor={`${id}-name`}>Name</label>
        <input
          id={`${id}-name`}
          value={name}
          maxLength={LONGEST_NAME}
          required
          autoComplete="off"
          aria-invalid={rename.isError}
          onChange={event => setName(event.target.value)}
        />
      </form>
      {rename.error && <ErrorNote error={rename.error} what="It has its old name still" />}
    </Dialog>
  )
}
