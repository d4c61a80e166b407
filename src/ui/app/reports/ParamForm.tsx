import type { FormEvent } from 'react'
import { defaultText, type ReportParam } from './reportParams.js'

interface ParamFormProps {
  readonly params: readonly ReportParam[]
  /** What is given now, by name. */
  readonly values: Readonly<Record<string, string>>
  readonly onValues: (values: Readonly<Record<string, string>>) => void
}

/** The parameters of a report: what isn't filled in has its default. */
export function ParamForm({ params, values, onValues }: ParamFormProps) {
  if (params.length === 0) return null
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    onValues(Object.fromEntries(params.map(({ name }) => [name, String(form.get(name) ?? '')])))
  }
  return (
    <form className="param-form" onSubmit={submit} key={JSON.stringify(values)}>
      {params.map(param => (
        <label key={param.name}>
          {param.name.replaceAll('_', ' ')}
          <input
            name={param.name}
            defaultValue={values[param.name] ?? ''}
            placeholder={defaultText(param)}
            inputMode={/INT|DOUBLE|DECIMAL/.test(param.type) ? 'decimal' : 'text'}
            autoComplete="off"
          />
        </label>
      ))}
      <button type="submit">Show</button>
    </form>
  )
}
