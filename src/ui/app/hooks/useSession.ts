import type { Session } from '../../../api/session.js'
import { useApi } from './useApi.js'

/** Who asks, and whether a token is needed. */
export const useSession = () => useApi<Session>('/session')

/** Whether this person may change things: others see buttons that say why they can't be pressed. */
export const useCanOperate = (): boolean => useSession().data?.role === 'operate'
