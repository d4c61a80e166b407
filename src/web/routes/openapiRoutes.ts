import { answerTagged, makeTag } from '../etags.js'
import { type ProblemStatus, problemAnswers } from '../problems.js'
import type { AddRoutes, WebApp } from '../webApp.js'

const SAFE: readonly string[] = ['get', 'head']

/** Adds `/api/openapi.json`: the description of all that the API has, made of the schemas that it checks by. */
export const addOpenapiRoutes: AddRoutes = (app, world) => {
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    ...{ type: 'http', scheme: 'bearer' },
    description: 'of `stocktake token create`; the page has a cookie instead. Not needed on the machine itself',
  })
  let text: string | undefined
  app.get('/api/openapi.json', c => {
    text ??= JSON.stringify(describeApi(app, world.version))
    const written = text
    return answerTagged(c, makeTag(written), () => c.body(written, 200, { 'content-type': 'application/json' }))
  })
}

type Description = ReturnType<WebApp['getOpenAPI31Document']>

/** The description, with the answers that any operation can give. */
export function describeApi(app: Pick<WebApp, 'getOpenAPI31Document'>, version: string): Description {
  const description = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      ...{ title: 'Stocktake', version, license: { name: 'Apache-2.0' } },
      description: 'What a bucket holds, what changed, and named folders of it. Errors are as RFC 9457 has them.',
    },
    servers: [{ url: '/' }],
    security: [{}, { token: [] }],
  })
  for (const methods of Object.values(description.paths ?? {}))
    for (const [method, operation] of Object.entries(methods)) {
      if (!isOperation(operation)) continue
      const busy = isTable(operation) ? describeProblems([429]) : {}
      const shared = {
        ...describeProblems(sharedStatuses(method, operation)),
        ...(method === 'get' && UNCHANGED),
        ...busy,
      }
      operation.responses = { ...shared, ...operation.responses }
      if (isTable(operation)) describeRows(operation)
    }
  return description
}

interface Operation {
  responses: Record<string, unknown>
  readonly requestBody?: unknown
  readonly parameters?: readonly unknown[]
}

/** Whether it gives a page of a table, or all of it. */
const isTable = ({ parameters = [] }: Operation): boolean =>
  parameters.some(each => isObject(each) && each.name === 'format' && each.in === 'query')

/** With `format=json` the rows come by themselves. */
function describeRows({ responses }: Operation): void {
  const done = responses[200]
  const json = isObject(done) && isObject(done.content) ? done.content['application/json'] : undefined
  if (isObject(json)) json.schema = { anyOf: [json.schema, { type: 'array', items: { type: 'object' } }] }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const isOperation = (value: unknown): value is Operation => isObject(value) && 'responses' in value

/** What the checks before any operation can say, and that a failure is one. */
function sharedStatuses(method: string, { requestBody }: Operation): ProblemStatus[] {
  const always: readonly ProblemStatus[] = [400, 401, 403, 500, 503]
  return SAFE.includes(method) && !requestBody ? [...always] : [...always, 411, 413, 415, 422]
}

/** As JSON has it: the schema by its name, which other operations have registered. */
const describeProblems = (statuses: readonly ProblemStatus[]): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(problemAnswers(...statuses)).map(([status, { description }]) => [
      status,
      { description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } },
    ]),
  )

const UNCHANGED = { 304: { description: 'whoever asks has it already, as If-None-Match says' } }
