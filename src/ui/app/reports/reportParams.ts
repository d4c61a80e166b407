import type { ReportList } from '../../../api/results.js'
import type { View } from '../view.js'

export type ReportParam = ReportList['reports'][number]['params'][number]

/** In a view a report's own parameter `top` is `p.top`: its names can't be those of the page. */
const PREFIX = 'p.'

/** What a view gives for the parameters of a report, by their names. */
export const givenParams = ({ params }: View): Record<string, string> =>
  Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) =>
      name.startsWith(PREFIX) ? [[name.slice(PREFIX.length), value]] : [],
    ),
  )

/** As parameters of a view; what is the default, or empty, is left out. */
export const viewParams = (values: Readonly<Record<string, string>>, known: readonly ReportParam[]) =>
  Object.fromEntries(
    known.map(param => {
      const value = values[param.name]?.trim() ?? ''
      return [`${PREFIX}${param.name}`, value === '' || value === defaultText(param) ? undefined : value]
    }),
  )

export const defaultText = (param: ReportParam): string =>
  param.default === null || param.default === undefined ? '' : String(param.default)

/** As the API takes them: `['top=50']`. */
export const queryParams = (values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values).map(([name, value]) => `${name}=${value}`)
