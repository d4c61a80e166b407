import { inspect } from 'node:util'
import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import { escapeControls } from '../output/terminal.js'
import { type Access, isSafe } from './access.js'
import { createAskers } from './askers.js'
import { countDeeds, type Deeds } from './deeds.js'
import { countDownloads } from './downloads.js'
import { answerProblem, RequestRefusedError, toRequestError } from './problems.js'
import { addRequestChecks } from './requestChecks.js'
import { addChangesRoutes } from './routes/changesRoutes.js'
import { addCollectionsRoutes } from './routes/collectionsRoutes.js'
import { addConnectorsRoutes } from './routes/connectorsRoutes.js'
import { addFilesRoutes } from './routes/filesRoutes.js'
import { addFoldersRoutes } from './routes/foldersRoutes.js'
import { addGapsRoutes } from './routes/gapsRoutes.js'
import { addImportRoutes } from './routes/importRoutes.js'
import { addInventoryConfigRoutes } from './routes/inventoryConfigRoutes.js'
import { addJobsRoutes } from './routes/jobsRoutes.js'
import { addOpenapiRoutes } from './routes/openapiRoutes.js'
import { addOverviewRoutes } from './routes/overviewRoutes.js'
import { addQueryRoutes } from './routes/queryRoutes.js'
import { addReconcileRoutes } from './routes/reconcileRoutes.js'
import { addReportsRoutes } from './routes/reportsRoutes.js'
import { addSessionRoutes } from './routes/sessionRoutes.js'
import { addSnapshotsRoutes } from './routes/snapshotsRoutes.js'
import { addStatusRoutes } from './routes/statusRoutes.js'
import { addStreamsRoutes } from './routes/streamsRoutes.js'
import { addTasksRoutes } from './routes/tasksRoutes.js'
import { securityHeaders } from './securityHeaders.js'
import { createSessions } from './sessions.js'
import { addStaticFiles, findAbsentPage } from './staticFiles.js'
import { createTokenCheck } from './tokenCheck.js'
import type { AddRoutes, WebApp, WebEnv } from './webApp.js'
import type { WebWorld } from './webWorld.js'

/** Every noun of the API, in the order of its description. */
const ROUTES: readonly AddRoutes[] = [
  addOverviewRoutes,
  addConnectorsRoutes,
  addInventoryConfigRoutes,
  addImportRoutes,
  addStatusRoutes,
  addFoldersRoutes,
  addFilesRoutes,
  addSnapshotsRoutes,
  addJobsRoutes,
  addCollectionsRoutes,
  addChangesRoutes,
  addReportsRoutes,
  addGapsRoutes,
  addReconcileRoutes,
  addTasksRoutes,
  addStreamsRoutes,
  addQueryRoutes,
  addOpenapiRoutes,
]

/** What the server is, beside what it serves. */
export interface AppOptions {
  readonly access: Access
  /** Where the page was built. */
  readonly pageFolder: string
}

/** Everything that the server answers, after what each request must pass. */
export function createApp(world: WebWorld, { access, pageFolder }: AppOptions): WebApp {
  const app: WebApp = new OpenAPIHono<WebEnv>({
    defaultHook: (result, c) => {
      const { target } = result
      if (!result.success) return answerProblem(c, toRequestError(result.error, target))
      // One that is needed and isn't there would be taken for `{}`.
      return target === 'json' && c.req.header('content-type') === undefined
        ? answerProblem(c, bodyMissing())
        : undefined
    },
  })
  app.onError((error, c) => {
    const answer = answerProblem(c, error)
    if (answer.status >= 500 && !c.req.raw.signal.aborted) {
      world.log.warn(escapeControls(`${c.req.method} ${c.req.path}: ${error.message}`)) // one line, whatever a key is called
      world.log.detail(inspect(error).replaceAll('\n', '\n  '))
    }
    return answer
  })
  app.notFound(async c => (await findAbsentPage(c, pageFolder)) ?? answerAbsent(c, app))
  app.use(securityHeaders)
  const askers = createAskers({
    ...{ tokens: createTokenCheck(world), sessions: createSessions(world.now) },
    ...{ user: world.user, needsToken: access.needsToken },
  })
  addRequestChecks(app, access, askers)
  const downloads = countDownloads()
  app.use('/api/*', async (c, next) => {
    c.set('downloads', downloads)
    await next()
  })
  addSessionRoutes(app, askers)
  const deeds = countDeeds()
  app.use(noteDeeds(deeds))
  for (const add of ROUTES) add(app, world, deeds)
  addStaticFiles(app, pageFolder)
  return app
}

/** What a request changes counts from before to after: what was loaded meanwhile may be of either. */
const noteDeeds =
  (deeds: Deeds): MiddlewareHandler =>
  async (c, next) => {
    if (isSafe(c.req.method)) return next()
    deeds.note()
    await next()
    deeds.note()
  }

const bodyMissing = (): RequestRefusedError =>
  new RequestRefusedError(400, { subject: 'body', expected: 'JSON', got: 'none' })

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** 405 for what has other methods, and else 404. */
function answerAbsent(c: Context, app: WebApp): Response {
  const { path, method } = c.req
  const allowed = methodsOf(path, app)
  if (allowed.length === 0 || allowed.includes(method))
    return answerProblem(c, new RequestRefusedError(404, { subject: path.slice(0, 200), got: 'no such place here' }))
  const expected = allowed.join(', ')
  const answer = answerProblem(c, new RequestRefusedError(405, { subject: 'method', expected, got: method }))
  answer.headers.set('allow', expected)
  return answer
}

/** The methods of a path; of one that is written as it is, not those of a name that could stand there. */
function methodsOf(path: string, app: WebApp): string[] {
  const found = METHODS.flatMap(method =>
    app.router.match(method, path)[0].flatMap(([[, route]]) => (route.method === method ? [route] : [])),
  )
  const own = found.filter(route => route.path === path)
  return [...new Set((own.length > 0 ? own : found).map(route => route.method))]
}
