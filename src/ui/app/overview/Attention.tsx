import type { Overview } from '../../../api/overview.js'
import { formatCount } from '../../../output/quantities.js'
import { escapeControls } from '../../../output/terminal.js'

const SHOWN = 6

/** What needs a person, each with the way to it. */
export function Attention({ attention }: Pick<Overview, 'attention'>) {
  if (attention.length === 0) return <p className="soft calm">Nothing needs your attention.</p>
  const [shown, rest] = [attention.slice(0, SHOWN), attention.slice(SHOWN)]
  return (
    <section aria-label="Needs attention">
      <AttentionList attention={shown} />
      {rest.length > 0 && (
        <details>
          <summary className="soft small">{formatCount(rest.length)} more</summary>
          <AttentionList attention={rest} />
        </details>
      )}
    </section>
  )
}

function AttentionList({ attention }: Pick<Overview, 'attention'>) {
  return (
    <ul className="attention">
      {attention.map(({ level, text, href }) => (
        <li key={`${href} ${text}`} className={level}>
          <span className="unseen">{level === 'error' ? 'Error: ' : 'Warning: '}</span>
          <a href={innerOf(href)}>{escapeControls(text)}</a>
        </li>
      ))}
    </ul>
  )
}

/** A place on this page, whatever it says. */
const innerOf = (href: string): string => `/${href.replace(/^[/\\]+/, '')}`
