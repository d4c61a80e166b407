interface PrefixPathProps {
  readonly prefix: string
  readonly onPrefix: (prefix: string | undefined) => void
}

/** The folder that the changes are of, and the way out of it. */
export function PrefixPath({ prefix, onPrefix }: PrefixPathProps) {
  if (prefix === '') return null
  const parts = prefix.match(/[^/]*\/|[^/]+$/g) ?? []
  return (
    <nav className="reading-path" aria-label="Folder">
      <button type="button" className="plain" onClick={() => onPrefix(undefined)}>
        whole bucket
      </button>
      {parts.map((part, i) => {
        const path = parts.slice(0, i + 1).join('')
        return i === parts.length - 1 ? (
          <b key={path} aria-current="page">
            {part}
          </b>
        ) : (
          <button type="button" className="plain" key={path} onClick={() => onPrefix(path)}>
            {part}
          </button>
        )
      })}
    </nav>
  )
}
