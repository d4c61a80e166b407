import type { ReactNode } from 'react'
import type { Overview } from '../../../api/overview.js'
import { formatCents, formatShare } from '../../../output/quantities.js'
import { useFolderConnectors } from '../connectors/useFolderConnectors.js'
import { Amount } from '../parts/Amount.js'
import { ChangeMark } from '../parts/ChangeMark.js'
import { isSample, Stale } from '../parts/states.js'
import { TimeText } from '../parts/TimeText.js'
import { formatView, type View } from '../view.js'

type ConnectorFigures = Overview['connectors'][number]

export interface FiguresProps {
  readonly connector: ConnectorFigures
  /** USD for a month of storage; undefined while it isn't known. */
  readonly monthUsd: number | null | undefined
}

/** The newest snapshot in five figures, each the way to what it is made of. */
export function Figures({ connector, monthUsd }: FiguresProps) {
  const { name, latest, new_count, modified_count, deleted_count } = connector
  const isFolder = useFolderConnectors().includes(name)
  const go = (page: View['page'], report?: string): string =>
    formatView({ page, ...(report && { name: report }), params: { connector: name } })
  return (
    <dl className="figures">
      <Figure name="Size" href={go('folders')} more={whatIsCounted(latest)}>
        <Stale snapshot={latest}>
          <Amount value={connector.total_size_bytes} kind="bytes" />
        </Stale>
      </Figure>
      <Figure name="Objects" href={go('folders')} more={<OldVersions connector={connector} />}>
        <Stale snapshot={latest}>
          <Amount value={connector.object_count} kind="count" />
        </Stale>
      </Figure>
      <Figure name="Changes" href={go('changes')} more={<Since snapshot={latest?.base_snapshot ?? null} />}>
        {new_count === null ? (
          <span className="soft">–</span>
        ) : (
          <ChangeMark newCount={new_count} modifiedCount={modified_count} deletedCount={deleted_count} none="none" />
        )}
      </Figure>
      <Figure name="Storage a month" href={go('reports', 'cost')} more="at list prices">
        <Stale snapshot={latest}>
          {monthUsd === undefined ? <span className="soft">…</span> : monthUsd === null ? '–' : formatCents(monthUsd)}
        </Stale>
      </Figure>
      {isFolder ? (
        <Figure name="Counting it cost" href={go('reports', 'savings')} more="read from a folder">
          {formatCents(0)}
        </Figure>
      ) : (
        <Figure name="Counting it cost" href={go('reports', 'savings')} more={<Listing connector={connector} />}>
          {connector.request_cost_usd === null ? '–' : formatCents(connector.request_cost_usd)}
        </Figure>
      )}
    </dl>
  )
}

function Figure({ name, href, more, children }: { name: string; href: string; more: ReactNode; children: ReactNode }) {
  return (
    <div>
      <dt>
        <a href={href}>{name}</a>
      </dt>
      <dd className="big">{children}</dd>
      <dd className="soft small">{more}</dd>
    </div>
  )
}

/** What lies in a sample is not what lies in the bucket. */
const whatIsCounted = (latest: ConnectorFigures['latest']) =>
  isSample(latest?.sample_rate ?? null) ? (
    <span className="warn">in a sample of {formatShare(latest?.sample_rate ?? 1)}, not in all</span>
  ) : (
    'current objects'
  )

function OldVersions({ connector: { latest, noncurrent_size_bytes } }: { connector: ConnectorFigures }) {
  if (latest?.source === 'api') return 'a listing has no old versions'
  if (noncurrent_size_bytes === null || noncurrent_size_bytes === 0) return 'no old versions'
  return (
    <>
      <Amount value={noncurrent_size_bytes} kind="bytes" /> in old versions
    </>
  )
}

function Since({ snapshot }: { snapshot: string | null }) {
  const time = snapshot === null ? undefined : timeOfSnapshot(snapshot)
  if (snapshot === null) return 'no snapshot before this one'
  return <>since {time ? <TimeText time={time} /> : snapshot}</>
}

/** `2026-01-20T01-00Z` is called by its time; a scan's name may go on. */
function timeOfSnapshot(snapshot: string): string | undefined {
  const [, day, hour, minute] = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)Z/.exec(snapshot) ?? []
  return day && `${day}T${hour}:${minute}:00.000Z`
}

function Listing({ connector: { listing_cost_usd } }: { connector: ConnectorFigures }) {
  return listing_cost_usd === null ? 'in requests' : <>listing: {formatCents(listing_cost_usd)}</>
}
