import type { Overview } from '../../../api/reading.js'
import { useApi } from './useApi.js'

/** The whole lake at a glance, once a minute. */
export const useOverview = () => useApi<Overview>('/overview', {}, { every: 60_000 })
