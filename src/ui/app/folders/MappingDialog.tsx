import { useState } from 'react'
import type { CollectionList, CreatedCollections } from '../../../api/collections.js'
import { countText } from '../../../output/quantities.js'
import { useApi } from '../hooks/useApi.js'
import { Dialog } from '../parts/Dialog.js'
import { ErrorNote, Loading } from '../parts/states.js'
import { CreatedNote } from './CreatedNote.js'
import { MappingTable } from './MappingTable.js'
import { type NameDraft, noteNames } from './mapping.js'
import { useCreateCollections } from './useCreateCollections.js'
import { useSuggestions } from './useSuggestions.js'
import './mapping.css'

export interface MappingDialogProps {
  readonly connector: string
  /** With their slashes. */
  readonly folders: readonly string[]
  /** Closed; with what was made, or nothing. */
  readonly onClose: (created: CreatedCollections | undefined) => void
  /** Goes to one collection, or to all. */
  readonly onShow: (guid: string | undefined) => void
}

/** Gives folders names: suggested ones, which can be changed. All become collections, or none. */
export function MappingDialog({ connector, folders, onClose, onShow }: MappingDialogProps) {
  const { suggestions, error } = useSuggestions(connector, folders)
  const known = useApi<CollectionList>('/collections')
  const [typed, setTyped] = useState<ReadonlyMap<string, string>>(new Map())
  const create = useCreateCollections(connector)
  const created = create.data
  const drafts: NameDraft[] = (suggestions ?? []).map(({ folder, name }) => ({
    folder,
    name: typed.get(folder) ?? name,
  }))
  const notes = noteNames(drafts, known.data?.collections ?? [], suggestions ?? [])
  const mistakes = notes.filter(({ mistake }) => mistake !== undefined).length
  const canCreate = suggestions !== undefined && mistakes === 0 && !create.isPending

  const actions = created ? (
    <>
      <button type="button" onClick={() => onClose(created)}>
        Stay here
      </button>
      <button
        type="button"
        className="primary"
        onClick={() => onShow(created.collections.length === 1 ? created.collections[0]?.collection : undefined)}
      >
        {created.collections.length === 1 ? 'Show the collection' : 'Show collections'}
      </button>
    </>
  ) : (
    <>
      <span className={mistakes > 0 ? 'warn' : 'soft'} role="status">
        {mistakes > 0 ? `${countText(mistakes, 'name')} can't be had yet` : 'All are made, or none.'}
      </span>
      <button type="button" onClick={() => onClose(undefined)}>
        Cancel
      </button>
      <button type="submit" form="mapping" className="primary" disabled={!canCreate}>
        {create.isPending ? 'Making…' : `Make ${countText(folders.length, 'collection')}`}
      </button>
    </>
  )

  return (
    <Dialog
      title={created ? `${countText(created.collections.length, 'collection')} made` : 'Make collections'}
      about={
        created
          ? undefined
          : 'A collection is a folder with a name. Its list of files is kept, so that reports on it need no listing of the bucket.'
      }
      isOpen
      isWide
      onClose={() => onClose(created)}
      actions={actions}
    >
      {created ? (
        <CreatedNote created={created} />
      ) : (
        <form
          id="mapping"
          className="mapping"
          onSubmit={event => {
            event.preventDefault()
            if (canCreate) create.mutate(drafts)
          }}
        >
          {create.error && <ErrorNote error={create.error} what="No collection was made" />}
          {error ? (
            <ErrorNote error={error} what="Names can't be suggested" />
          ) : suggestions ? (
            <MappingTable
              drafts={drafts}
              notes={notes}
              onName={(folder, name) => setTyped(before => new Map(before).set(folder, name))}
            />
          ) : (
            <Loading what="names" />
          )}
        </form>
      )}
    </Dialog>
  )
}
