import type { Check } from '../../../api/connectors.js'
import { escapeControls } from '../../../output/terminal.js'

const SIGNS = { ok: '✓', warn: '!', fail: '✕' } as const

/** What a test looked at, step by step, and what mends what failed. */
export function CheckListView({ checks }: { checks: readonly Check[] }) {
  return (
    <ul className="checks" aria-label="Test">
      {checks.map(({ state, subject, text, fix }) => (
        <li key={`${subject} ${text}`} className={state}>
          <span className="sign" aria-hidden="true">
            {SIGNS[state]}
          </span>
          <span className="unseen">{state}: </span>
          <b>{escapeControls(subject)}</b>
          <span>
            {escapeControls(text)}
            {fix && <span className="fix">{escapeControls(fix)}</span>}
          </span>
        </li>
      ))}
    </ul>
  )
}
