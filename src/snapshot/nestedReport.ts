import type { Report } from './report.js'

/**
 * A report that reads, as one of its inputs, what another gives: one statement, with the parameters of both. Where both have
 * one of a name, it has one value.
 */
export function nestReport(outer: Report, input: string, inner: Report): Report {
  const { model, params } = outer
  const known = new Set(model.params.map(({ name }) => name))
  return {
    model: {
      ...model,
      inputs: [...model.inputs.filter(name => name !== input), ...inner.model.inputs],
      params: [...model.params, ...inner.model.params.filter(({ name }) => !known.has(name))],
      sql: withRelation(input, inner.model.sql, model.sql),
    },
    params: { ...inner.params, ...params },
  }
}

/** As {@link nestReport}, where the input is a SELECT without parameters. */
export const bindReport = ({ model, params }: Report, input: string, select: string): Report => ({
  model: {
    ...model,
    inputs: model.inputs.filter(name => name !== input),
    sql: withRelation(input, select, model.sql),
  },
  params,
})

/** Models begin with `with` on a line of its own, or have none. */
function withRelation(name: string, select: string, sql: string): string {
  const relation = `with\n\n${name} as (\n${select}\n)`
  return sql.startsWith('with\n') ? `${relation},\n${sql.slice('with\n'.length)}` : `${relation}\n\n${sql}`
}
