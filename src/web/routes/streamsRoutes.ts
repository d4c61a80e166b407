import { createRoute } from '@hono/zod-openapi'
import { type StreamList, streamList } from '../../api/streams.js'
import { loadStreamStatus } from '../../streams/streamStatus.js'
import { answerByContent } from '../contentAnswer.js'
import { problemAnswers } from '../problems.js'
import { shareRecent } from '../shareRecent.js'
import type { AddRoutes } from '../webApp.js'

const streamsRoute = createRoute({
  ...{
    method: 'get',
    path: '/api/streams',
    tags: ['streams'],
    summary: 'How streams go: last record, what waits, gaps',
  },
  responses: {
    200: { description: 'as they are now', content: { 'application/json': { schema: streamList } } },
    304: { description: 'as it was' },
    ...problemAnswers(),
  },
})

export const addStreamsRoutes: AddRoutes = (app, world, deeds) => {
  const { streams, store, catalog, now } = world
  const load = () => Promise.all(streams.map(stream => loadStreamStatus(stream, { store, catalog, now })))
  const share = shareRecent(load, deeds, world)
  app.openapi(streamsRoute, async c => (await answerByContent<StreamList>(c, { streams: await share() })) as never)
}
