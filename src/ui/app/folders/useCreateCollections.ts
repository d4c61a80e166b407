import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { CreatedCollections, FromInventory } from '../../../api/collections.js'
import { sendJson } from '../client.js'
import { foldersPath } from './folderQuery.js'
import type { NameDraft } from './mapping.js'

/** Makes collections of folders: all of them, or none. */
export function useCreateCollections(connector: string) {
  const client = useQueryClient()
  return useMutation({
    async mutationFn(drafts: readonly NameDraft[]) {
      const folders = drafts.map(({ folder, name }) => ({ folder, name }))
      const order: FromInventory = { connector, folders }
      return (await sendJson<CreatedCollections>('POST', '/collections/from-inventory', order)).value
    },
    // Whether it went well or somebody else was first, what is known of collections is old.
    async onSettled() {
      await Promise.all(
        ['/collections', '/collections/suggest', '/overview', foldersPath(connector)].map(path =>
          client.invalidateQueries({ queryKey: [path] }),
        ),
      )
    },
  })
}
