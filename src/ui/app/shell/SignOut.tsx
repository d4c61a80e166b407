import { useMutation, useQueryClient } from '@tanstack/react-query'
import { sendJson } from '../client.js'

/** Forgets this browser's token, and all that was read with it. */
export function SignOut({ name }: { name: string | null }) {
  const client = useQueryClient()
  const signOut = useMutation({
    mutationFn: () => sendJson('DELETE', '/session'),
    onSuccess: () => client.resetQueries(),
  })
  return (
    <button
      type="button"
      className="plain"
      onClick={() => signOut.mutate()}
      title={name ? `Signed in as ${name}` : undefined}
    >
      Sign out
    </button>
  )
}
