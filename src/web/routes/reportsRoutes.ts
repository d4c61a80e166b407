import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { type ReportAnswer, type ReportList, reportAnswer, reportList, reportQuery } from '../../api/results.js'
import { takesCollection } from '../../collections/collectionReport.js'
import { StocktakeError } from '../../errors.js'
import { jsonText } from '../../output/cells.js'
import { listNamedReports, type NamedReport } from '../../snapshot/namedReports.js'
import { isKnownParam } from '../../snapshot/reportParams.js'
import { answerJson } from '../answer.js'
import { answerByContent } from '../contentAnswer.js'
import { answerTagged, makeTag } from '../etags.js'
import { problemAnswers, RequestRefusedError } from '../problems.js'
import { findReport, formatQuestion, type ReportQuestion, readReport, withReport } from '../reportAnswer.js'
import { answerFile, tableTexts } from '../tableAnswer.js'
import type { AddRoutes } from '../webApp.js'
import type { WebWorld } from '../webWorld.js'

const tags = ['reports']

const listRoute = createRoute({
  ...{ method: 'get', path: '/api/reports', tags, summary: 'The reports there are, by name' },
  responses: {
    200: { description: 'them', content: { 'application/json': { schema: reportList } } },
    304: { description: 'as it was' },
  },
})

const reportRoute = createRoute({
  ...{ method: 'get', path: '/api/reports/{name}', tags, summary: 'Answer a question by its name' },
  description:
    'It reads what the lake holds: no bucket is asked for anything. Its first thousand rows, as people see them; or all of ' +
    'them, with all columns, as a file.',
  request: { params: z.object({ name: z.string().min(1) }), query: reportQuery },
  responses: {
    200: {
      description: 'its rows',
      content: {
        'application/json': { schema: reportAnswer },
        'text/csv': { schema: { type: 'string' } },
        'application/sql': { schema: { type: 'string' } },
      },
    },
    304: { description: 'as it was' },
    ...problemAnswers(400, 404, 422),
  },
})

export const addReportsRoutes: AddRoutes = (app, world) => {
  app.openapi(listRoute, async c => {
    const { reports, refused } = await listNamedReports(world.configFolder)
    for (const { message } of refused) world.log.warn(message)
    return (await answerByContent<ReportList>(c, { reports: reports.map(each => toInfo(each, world)) })) as never
  })
  app.openapi(reportRoute, async c => {
    const query = c.req.valid('query')
    try {
      const question = await findReport(c.req.valid('param').name, query, world)
      if (query.format) return (await answerWhole(c, question, query.format, world)) as never
      const { moment, now, named, collection } = question
      const others = [now.toISOString(), named.model.sql, jsonText(collection), jsonText(world.prices)]
      return (await answerTagged(c, makeTag(world.version, moment.version, ...others), async () =>
        answerJson<ReportAnswer>(c, await readReport(question, world, c.req.raw.signal)),
      )) as never
    } catch (error) {
      throw toRefusal(error, world)
    }
  })
}

function toInfo(report: NamedReport, { prices }: WebWorld): ReportList['reports'][number] {
  const { name, question, grain, params } = report.model
  return {
    ...{ name, question: question ?? grain },
    params: params
      .filter(param => !isKnownParam(param.name, prices))
      .map(param => ({ name: param.name, type: param.type, default: toJson(param.fallback) })),
    is_own: report.path !== undefined,
    takes_collection: takesCollection(report),
  }
}

const toJson = (value: string | number | bigint | boolean | undefined) =>
  typeof value === 'bigint' ? Number(value) : (value ?? null)

async function answerWhole(
  c: Context,
  question: ReportQuestion,
  format: 'json' | 'csv' | 'sql',
  world: WebWorld,
): Promise<Response> {
  const of = question.collection?.name ?? question.connector
  const file = { name: [question.named.model.name, ...(of === null ? [] : [of])].join(' '), format }
  if (format === 'sql') return answerFile(c, file, write => write([formatQuestion(question)]))
  return answerFile(c, file, write =>
    world.reader.read(
      effects => withReport(question, effects, world, ({ columns, rows }) => write(tableTexts(rows, columns, format))),
      c.req.raw.signal,
    ),
  )
}

/** What is wrong with a person's own report is for them to know, by its name; where its file and the lake's are, isn't. */
function toRefusal(error: unknown, { configFolder }: WebWorld): unknown {
  if (!(error instanceof StocktakeError)) return error
  const { subject, expected, got, fix } = error.facts
  const isOwn = subject.startsWith(`${configFolder}/`)
  if (!isOwn || /^(IO|HTTP|Permission) Error/.test(got ?? '')) return error
  const told = { ...(expected !== undefined && { expected }), ...(got !== undefined && { got }), ...(fix && { fix }) }
  return new RequestRefusedError(422, { subject: subject.slice(configFolder.length + 1), ...told, cause: error })
}
