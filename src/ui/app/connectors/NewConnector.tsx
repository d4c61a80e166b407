import { type FormEvent, useState } from 'react'
import { useCanOperate } from '../hooks/useSession.js'
import { ErrorNote } from '../parts/states.js'
import type { PageProps } from '../view.js'
import { ConnectorFields } from './ConnectorFields.js'
import { type FormProblems, findProblems, NEW_CONNECTOR, settingsOf } from './connectorForm.js'
import { useCreateConnector } from './useConnectors.js'

/** The form that makes a connector; then its page, which tests it. */
export function NewConnector({
  onView,
  onCancel,
}: Pick<PageProps, 'onView'> & { onCancel?: (() => void) | undefined }) {
  const [form, setForm] = useState(NEW_CONNECTOR)
  const [problems, setProblems] = useState<FormProblems>({})
  const canOperate = useCanOperate()
  const create = useCreateConnector()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const found = findProblems(form)
    setProblems(found)
    if (Object.keys(found).length > 0) return
    create.mutate(
      { name: form.name, settings: settingsOf(form) },
      { onSuccess: ({ name }) => onView({ page: 'connectors', name, params: { test: 'now' } }) },
    )
  }
  return (
    <form className="connector-form" onSubmit={submit} aria-label="New connector">
      <ConnectorFields form={form} onChange={setForm} problems={problems} isNew isReadOnly={!canOperate} />
      {create.error && <ErrorNote what="It was not made" error={create.error} />}
      <div className="actions">
        <button type="submit" className="primary" disabled={!canOperate || create.isPending}>
          Save and test
        </button>
        {onCancel && (
          <button type="button" onClick={onCancel}>
            Cancel
          </button>
        )}
        {!canOperate && <span className="soft small">Your token may only read.</span>}
      </div>
    </form>
  )
}
