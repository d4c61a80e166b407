import type { Overview } from '../../../api/overview.js'
import { useApi } from './useApi.js'

/** The whole lake at a glance, once a minute. */
export const useOverview = () => useApi<Overview>('/overview', {}, { every: 60_000 })
