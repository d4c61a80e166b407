import { ApiError } from '../client.js'
import { Empty, ErrorNote } from '../parts/states.js'

export interface NoFoldersProps {
  readonly connector: string
  readonly at: string | undefined
  readonly error: unknown
  readonly retry: () => void
}

/** What to say where no snapshot is to be had: there is none yet, or none of that name, or it can't be read. */
export function NoFolders({ connector, at, error, retry }: NoFoldersProps) {
  const isMissing = error instanceof ApiError && error.problem.status === 404
  if (!isMissing) return <ErrorNote error={error} retry={retry} what="The folders can't be shown" />
  return (
    <Empty>
      <h1>{at === undefined ? 'No folders yet' : 'No such snapshot'}</h1>
      <p>{error.problem.detail}</p>
      <p>
        {at === undefined ? (
          <>
            <a href={`/connectors/${encodeURIComponent(connector)}`}>Import a report of {connector}</a>, and its folders
            are here.
          </>
        ) : (
          <a href={`/folders?connector=${encodeURIComponent(connector)}`}>Show the newest one</a>
        )}
      </p>
    </Empty>
  )
}
