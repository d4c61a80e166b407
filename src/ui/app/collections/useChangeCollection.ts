import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Collection } from '../../../api/collections.js'
import { sendJson } from '../client.js'
import { collectionPath } from './collectionPath.js'

/** Gives a collection another name, or forgets it: as long as it is as it was seen. */
export function useChangeCollection({ collection: guid, etag }: Collection) {
  const client = useQueryClient()
  const path = collectionPath(guid)
  const ifSeen = { 'if-match': etag }
  // Nobody waits for what is read again: whoever asked may be gone after.
  const forgetLists = (): void => {
    for (const key of ['/collections', '/overview']) client.invalidateQueries({ queryKey: [key] })
  }
  const lookAgain = () => client.invalidateQueries({ queryKey: [path] })
  const rename = useMutation({
    mutationFn: async (name: string) => (await sendJson<Collection>('PATCH', path, { name }, ifSeen)).value,
    onSuccess(renamed) {
      client.setQueryData([path, {}], renamed)
      forgetLists()
    },
    onError: lookAgain,
  })
  const remove = useMutation({
    mutationFn: () => sendJson('DELETE', path, undefined, ifSeen),
    onSuccess: forgetLists,
    onError: lookAgain,
  })
  return { rename, remove }
}
