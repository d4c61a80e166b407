import { useState } from 'react'
import { formatCount } from '../../../output/quantities.js'
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
  const steps = stepsTo(prefix)
  const above = steps.slice(0, -1)
  const { first, folded, last } = unfolded === prefix ? { first: above, folded: [], last: [] } : foldWay(above)
  const step = ({ path, name }: Step) => (
    <button type="button" className="plain" key={path} title={valueText(path)} onClick={() => onPrefix(path)}>
      <bdi>{valueText(name)}</bdi>
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
        <bdi>{valueText(steps.at(-1)?.name ?? '')}</bdi>
      </b>
    </nav>
  )
}

interface Step {
  /** From the root on. */
  readonly path: string
  readonly name: string
}

/** The folders that lead to a prefix, and itself, which need not be a folder. */
function stepsTo(prefix: string): Step[] {
  const steps: Step[] = []
  for (let from = 0, end = 0; from < prefix.length; from = end) {
    const slash = prefix.indexOf('/', from)
    end = slash < 0 ? prefix.length : slash + 1
    steps.push({ path: prefix.slice(0, end), name: prefix.slice(from, end) })
  }
  return steps
}
