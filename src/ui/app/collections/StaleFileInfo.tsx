import type { ReactNode } from 'react'
import type { FileInfoState } from '../../../api/collections.js'
import { Stale } from '../parts/states.js'

/** Marks a number where it stands when the look at the files that it comes from is too old. */
export function StaleFileInfo({ info, children }: { readonly info: FileInfoState; readonly children: ReactNode }) {
  const { updated_at, freshness } = info
  return <Stale snapshot={updated_at === null ? null : { taken_at: updated_at, freshness }}>{children}</Stale>
}
