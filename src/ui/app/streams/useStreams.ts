import type { UseQueryResult } from '@tanstack/react-query'
import type { StreamList } from '../../../api/streams.js'
import { useApi } from '../hooks/useApi.js'

/** Ingest tells how it goes each ten seconds. */
const EVERY_MS = 10_000

/** How all streams go; live. */
export const useStreams = (): UseQueryResult<StreamList> => useApi<StreamList>('/streams', {}, { every: EVERY_MS })
