import { createRoute } from '@hono/zod-openapi'
import { login, type Session, session } from '../../api/session.js'
import { answerJson } from '../answer.js'
import type { Asker, Askers } from '../askers.js'
import { problemAnswers } from '../problems.js'
import type { WebApp } from '../webApp.js'

const tags = ['session']
const path = '/api/session'
const json = { 'application/json': { schema: session } }

const getRoute = createRoute({
  ...{ method: 'get', path, tags, summary: 'Who asks, and what they may do', security: [] },
  responses: { 200: { description: 'also where a token is needed and none was given', content: json } },
})

const loginRoute = createRoute({
  ...{ method: 'post', path, tags, summary: 'Give a browser a cookie for a token', security: [] },
  request: { body: { required: true, content: { 'application/json': { schema: login } } } },
  responses: { 200: { description: 'with the cookie', content: json }, ...problemAnswers(401) },
})

const logoutRoute = createRoute({
  ...{ method: 'delete', path, tags, summary: 'Take the cookie away', security: [] },
  responses: { 200: { description: 'as if nobody had logged in', content: json } },
})

/** Adds logging in and out. */
export function addSessionRoutes(app: WebApp, askers: Askers): void {
  const { needsToken } = askers
  const toSession = (asker: Asker | undefined): Session => ({
    role: asker?.role ?? null,
    name: asker?.token ?? null,
    needs_token: needsToken,
  })
  app.openapi(getRoute, async c => answerJson<Session>(c, toSession(await askers.identify(c))) as never)
  app.openapi(loginRoute, async c => {
    const asker = await askers.login(c, c.req.valid('json').token)
    return answerJson<Session>(c, toSession(asker)) as never
  })
  app.openapi(logoutRoute, async c => {
    askers.logout(c)
    return answerJson<Session>(c, { role: needsToken ? null : 'operate', name: null, needs_token: needsToken }) as never
  })
}
