import type { Model } from './parseModel.js'

/**
 * A model that reads, as one of its inputs, what another gives: one statement, with the parameters of both. Where both have
 * one of a name, it has one value.
 */
export function nestModel(outer: Model, input: string, inner: Model): Model {
  const known = new Set(inner.params.map(({ name }) => name))
  return {
    ...outer,
    inputs: [...outer.inputs.filter(name => name !== input), ...inner.inputs],
    prunes: [...inner.prunes, ...outer.prunes],
    params: [...inner.params, ...outer.params.filter(({ name }) => !known.has(name))],
    sql: withRelation(input, inner.sql, outer.sql),
  }
}

/** As {@link nestModel}, where the input is a SELECT without parameters. */
export const nestSelect = (outer: Model, input: string, select: string): Model => ({
  ...outer,
  inputs: outer.inputs.filter(name => name !== input),
  sql: withRelation(input, select, outer.sql),
})

/** Models begin with `with` on a line of its own, or have none. */
function withRelation(name: string, select: string, sql: string): string {
  const relation = `with\n\n${name} as (\n${select}\n)`
  return sql.startsWith('with\n') ? `${relation},\n${sql.slice('with\n'.length)}` : `${relation}\n\n${sql}`
}
