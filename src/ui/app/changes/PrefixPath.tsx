import { useState } from 'react'
import { formatCount } from '../../../output/quantities.js'
import { foldersAbove, lastName } from '../folders/folderPlace.js'
import { foldWay } from '../parts/foldWay.js'
import { valueText } from '../parts/valueText.js'

interface PrefixPathProps {
  readonly prefix: string
  readonly onPrefix: (prefix: string | undefined) => void
}

/** The folder that the changes are of, and the way out of it. Of a long way, the middle is shown to who asks. */
export function PrefixPath({ prefix, onPrefix }: PrefixPathProps) {
  const [unfolded, setUnfolded] = useState<string>()
  if (prefix === '') return null
  const above = foldersAbove(prefix).slice(1) // the root is the whole bucket
  const { first, folded, last } = foldWay(above, unfolded === prefix)
  const step = (path: string) => (
    <button type="button" className="plain" key={path} title={valueText(path)} onClick={() => onPrefix(path)}>
      <bdi>{valueText(lastName(path))}</bdi>
    </button>
  )
  return (
    <nav className="reading-path" aria-label="Folder">
      <button type="button" className="plain" onClick={() => onPrefix(undefined)}>
        whole bucket
      </button>
      {first.map(step)}
      {folded.length > 0 && (
        <button type="button" className="plain folded" title="Show them" onClick={() => setUnfolded(prefix)}>
          … {formatCount(folded.length)} more …
        </button>
      )}
      {last.map(step)}
      <b aria-current="page" title={valueText(prefix)}>
        <bdi>{valueText(lastName(prefix))}</bdi>
      </b>
    </nav>
  )
}
