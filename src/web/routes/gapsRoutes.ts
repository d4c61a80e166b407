import { createRoute, z } from '@hono/zod-openapi'
import { type GapExplained, type GapPage, gap, gapExplained, gapPage, gapsQuery } from '../../api/gaps.js'
import { answerJson } from '../answer.js'
import { answerByContent } from '../contentAnswer.js'
import { answerTagged, makeTag } from '../etags.js'
import { formatGaps, listOpenGaps, readGap, readGapPage } from '../gaps.js'
import { problemAnswers } from '../problems.js'
import { answerTable } from '../tableAnswer.js'
import type { AddRoutes } from '../webApp.js'

const tags = ['gaps']

const gapsRoute = createRoute({
  ...{
    method: 'get',
    path: '/api/gaps',
    tags,
    summary: 'What is missing or wrong, as the last reconciliation found it',
  },
  request: { query: gapsQuery },
  responses: {
    200: {
      description: 'open gaps, the most urgent first',
      content: {
        'application/json': { schema: gapPage },
        'text/csv': { schema: { type: 'string' } },
        'application/sql': { schema: { type: 'string' } },
      },
    },
    304: { description: 'as it was' },
    ...problemAnswers(400),
  },
})

const gapRoute = createRoute({
  ...{ method: 'get', path: '/api/gaps/{id}', tags, summary: 'One gap: what was expected, and what lies beside it' },
  request: { params: z.object({ id: z.string().min(1).describe('`gap_…`, or its beginning') }) },
  responses: {
    200: { description: 'it', content: { 'application/json': { schema: gapExplained } } },
    304: { description: 'as it was' },
    ...problemAnswers(400, 404),
  },
})

const COLUMNS = Object.keys(gap.shape).map(name => ({ name }))

export const addGapsRoutes: AddRoutes = (app, world) => {
  const { reader, version } = world
  app.openapi(gapsRoute, async c => {
    const query = c.req.valid('query')
    const { format } = query
    if (format) {
      const table = { name: 'gaps', format, columns: COLUMNS, sql: () => formatGaps(query) }
      return (await answerTable(c, { ...table, rows: effects => listOpenGaps(query, effects) }, reader)) as never
    }
    const [moment, is_comparable] = await Promise.all([reader.look(), world.expectations.isThere()])
    return (await answerTagged(c, makeTag(version, moment.version, String(is_comparable)), async () => {
      const page = await reader.read(effects => readGapPage(query, effects), c.req.raw.signal)
      return answerJson<GapPage>(c, { ...page, is_comparable })
    })) as never
  })
  // What is expected, and the task, are no part of the lake's version.
  app.openapi(gapRoute, async c => {
    const explained = await readGap(c.req.valid('param').id, world, c.req.raw.signal)
    return (await answerByContent<GapExplained>(c, explained)) as never
  })
}
