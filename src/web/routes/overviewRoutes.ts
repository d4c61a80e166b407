import { createRoute } from '@hono/zod-openapi'
import { type Overview, overview } from '../../api/overview.js'
import { answerByContent } from '../contentAnswer.js'
import { createOverview } from '../overview.js'
import type { AddRoutes } from '../webApp.js'

const overviewRoute = createRoute({
  ...{ method: 'get', path: '/api/overview', tags: ['overview'], summary: 'The lake at a glance' },
  responses: {
    200: {
      description: 'what there is, and what needs a person',
      content: { 'application/json': { schema: overview } },
    },
  },
})

export const addOverviewRoutes: AddRoutes = (app, world, deeds) => {
  const load = createOverview(world, deeds)
  app.openapi(overviewRoute, async c => (await answerByContent<Overview>(c, await load())) as never)
}
