import { nestModel, nestSelect } from '../models/nestModel.js'
import type { Report } from './report.js'

/** A report that reads, as one of its inputs, what another gives: {@link nestModel}, with the values of both. */
export const nestReport = (outer: Report, input: string, inner: Report): Report => ({
  model: nestModel(outer.model, input, inner.model),
  params: { ...inner.params, ...outer.params },
})

/** As {@link nestReport}, where the input is a SELECT without parameters. */
export const bindReport = ({ model, params }: Report, input: string, select: string): Report => ({
  model: nestSelect(model, input, select),
  params,
})
