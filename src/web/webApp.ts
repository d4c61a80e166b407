import type { OpenAPIHono } from '@hono/zod-openapi'
import type { WebWorld } from './webWorld.js'

/** What a request's handlers know beside the request. */
export interface WebEnv {
  readonly Variables: {
    /** Who asks, for the audit: the token's name, or the user that the server runs as. */
    who: string
    role: 'read' | 'operate'
  }
}

export type WebApp = OpenAPIHono<WebEnv>

/** Adds routes of the API to the app. */
export type AddRoutes = (app: WebApp, world: WebWorld) => void
