import type { View } from '../view.js'
import { useOverview } from './useOverview.js'

/** Whose data is looked at: of the URL, else the first connector; undefined until it is known, null where there is none. */
export function useConnector({ params }: View): string | null | undefined {
  const { data } = useOverview()
  if (params.connector) return params.connector
  return data === undefined ? undefined : (data.connectors[0]?.name ?? null)
}
