import type { ReactNode } from 'react'
import type { Job } from '../../../api/jobs.js'
import type { Kind } from '../../../output/cells.js'
import { escapeControls } from '../../../output/terminal.js'
import { exactText, type Value, valueText } from '../parts/valueText.js'

/** What a job was asked, or what came of it: a line for each fact that has a value. */
export function JobFacts({ title, facts }: { title: string; facts: Job['params'] | null }) {
  const known = Object.entries(facts ?? {}).filter(([, value]) => value !== null && value !== undefined)
  if (known.length === 0) return null
  return (
    <section className="page-section">
      <h2>{title}</h2>
      <dl className="facts">
        {known.map(([name, value]) => (
          <Fact key={name} name={titleOf(name)}>
            {isValue(value) ? (
              <span title={exactText(value, kindOf(name))}>{textOf(value, kindOf(name))}</span>
            ) : (
              <pre>{escapeLines(JSON.stringify(value, null, 2))}</pre>
            )}
          </Fact>
        ))}
      </dl>
    </section>
  )
}

/** A name and its value in a list of facts. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

/** Lines as they are, with what can't be seen in them made visible. */
export const escapeLines = (text: string): string => text.split('\n').map(escapeControls).join('\n')

const isValue = (value: unknown): value is Value => typeof value !== 'object'

const textOf = (value: Value, kind: Kind): string =>
  typeof value === 'boolean' ? (value ? 'yes' : 'no') : valueText(value, kind)

/** Facts are named with their unit. */
function kindOf(name: string): Kind {
  if (/(^|_)bytes(_|$)/.test(name)) return 'bytes'
  if (/_(count|requests)$/.test(name)) return 'count'
  return name.endsWith('_ms') ? 'duration' : 'text'
}

const titleOf = (name: string): string =>
  name
    .replace(/(object|row|snapshot|file|folder)_count$/, '$1s')
    .replace(/_(count|bytes|ms)$/, '')
    .replace(/^is_/, '')
    .replaceAll('_', ' ')
