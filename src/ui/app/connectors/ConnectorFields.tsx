import { type ReactNode, useId } from 'react'
import type { ConnectorForm, FieldName, FormProblems } from './connectorForm.js'

export interface ConnectorFieldsProps {
  readonly form: ConnectorForm
  readonly onChange: (form: ConnectorForm) => void
  readonly problems: FormProblems
  /** A connector keeps its name. */
  readonly isNew: boolean
  readonly isReadOnly: boolean
}

type TextName = Exclude<FieldName, 'fallback_to_sample'>
type Options = readonly (readonly [value: string, text: string])[]

const FORMATS: Options = [
  ['auto', 'whatever the reports are'],
  ['CSV', 'CSV'],
  ['ORC', 'ORC'],
  ['Parquet', 'Parquet'],
]
export const SCHEDULES: Options = [
  ['manual', 'by hand'],
  ['daily', 'daily'],
  ['weekly', 'weekly'],
  ['inventory', 'when a report arrives'],
]
const MODES: Options = [
  ['aws_inventory', 'reads S3 Inventory reports'],
  ['sample', 'lists a sample of the bucket'],
  ['full', 'lists the whole bucket'],
]

/** The settings of a connector: where the reports are first, what seldom changes behind a fold. */
export function ConnectorFields(props: ConnectorFieldsProps) {
  const { form, onChange, isReadOnly, isNew } = props
  const readsReports = form.scan_mode === 'aws_inventory'
  const ifByHand = form.schedule === 'manual' ? '; by hand, nothing warns until one is changed' : ''
  const text = (name: TextName, label: string, hint?: ReactNode, placeholder?: string) => (
    <TextField {...props} name={name} label={label} hint={hint} placeholder={placeholder} />
  )
  return (
    <fieldset className="connector-fields" disabled={isReadOnly}>
      <legend className="unseen">Settings</legend>
      {isNew && text('name', 'Name', 'letters, digits, ".", "_" and "-"', 'photos')}
      {text('source_bucket', 'Bucket', 'that is counted: its name, or a folder', 'photo-bucket')}
      <Choice {...props} name="scan_mode" label="How it is counted" options={MODES} />
      {readsReports && (
        <>
          {text('destination_bucket', 'Reports are delivered to', 'the destination bucket', 'inventory-bucket')}
          {text('prefix', 'Prefix', 'of the destination, if it has one', 'inventory/')}
          {text('config_name', 'Inventory configuration', 'its name, as S3 shows it', 'daily')}
          <Choice {...props} name="format" label="Format" options={FORMATS} />
        </>
      )}
      <Choice {...props} name="schedule" label="Imported" options={SCHEDULES} />
      <details>
        <summary>More settings</summary>
        <div className="connector-fields">
          {text('warn_after', 'Stale after', `such as 36h or 8d${ifByHand}`)}
          {text('error_after', 'Too old after', `such as 72h or 15d${ifByHand}`)}
          {text('sample_rate', 'Sample', 'the share of a bucket that a sample lists: 0.1')}
          <div className="field">
            <span className="label">Without a report</span>
            <label className="check-field">
              <input
                type="checkbox"
                checked={form.fallback_to_sample}
                onChange={event => onChange({ ...form, fallback_to_sample: event.target.checked })}
              />
              list a sample when no report can be read
            </label>
          </div>
          {text('max_rejected', 'Malformed rows', 'the share that an import bears: 0.1%')}
          <FieldNames {...props} />
        </div>
      </details>
    </fieldset>
  )
}

interface FieldProps extends ConnectorFieldsProps {
  readonly name: TextName
  readonly label: string
}

function TextField({
  form,
  onChange,
  problems,
  name,
  label,
  hint,
  placeholder,
}: FieldProps & { hint?: ReactNode; placeholder?: string | undefined }) {
  const id = useId()
  const problem = problems[name]
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name={name}
        type="text"
        autoComplete="off"
        spellCheck={false}
        placeholder={placeholder}
        value={form[name]}
        onChange={event => onChange({ ...form, [name]: event.target.value })}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-hint`}
      />
      <span id={`${id}-hint`} className={problem ? 'problem' : 'hint'}>
        {problem ?? hint}
      </span>
    </div>
  )
}

function Choice({ form, onChange, name, label, options }: FieldProps & { options: Options }) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        name={name}
        value={form[name]}
        onChange={event => onChange({ ...form, [name]: event.target.value })}
      >
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  )
}

function FieldNames({ form, onChange, problems }: ConnectorFieldsProps) {
  const id = useId()
  return (
    <div className="field wide">
      <label htmlFor={id}>Names of fields</label>
      <textarea
        id={id}
        rows={3}
        spellCheck={false}
        className="mono"
        value={form.fields}
        onChange={event => onChange({ ...form, fields: event.target.value })}
        aria-describedby={`${id}-hint`}
      />
      <span id={`${id}-hint`} className={problems.fields ? 'problem' : 'hint'}>
        {problems.fields ?? 'where reports name a field otherwise, a line for each: Size: size_in_bytes'}
      </span>
    </div>
  )
}
