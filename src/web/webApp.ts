import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Deeds } from './deeds.js'
import type { Downloads } from './downloads.js'
import type { WebWorld } from './webWorld.js'

/** What a request's handlers know beside the request. */
export interface WebEnv {
  readonly Variables: {
    /** Who asks, for the audit: the token's name, or the user that the server runs as. */
    who: string
    role: 'read' | 'operate'
    /** Whether they would still be let in. */
    isLetIn: () => Promise<boolean>
    downloads: Downloads
  }
}

export type WebApp = OpenAPIHono<WebEnv>

/** Adds routes of the API to the app. @param deeds what is done through the app */
export type AddRoutes = (app: WebApp, world: WebWorld, deeds: Deeds) => void
