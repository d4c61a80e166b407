import { type FormEvent, useState } from 'react'
import type { Connector } from '../../../api/connectors.js'
import { useCanOperate } from '../hooks/useSession.js'
import { ErrorNote, problemOf } from '../parts/states.js'
import { ConnectorFields } from './ConnectorFields.js'
import { type FormProblems, findProblems, formOf, planPatch } from './connectorForm.js'
import { useChangeConnector } from './useConnectors.js'

/** The settings of a connector, to be changed; those that a file declares are shown, and changed there. */
export function EditConnector({ connector, onSaved }: { connector: Connector; onSaved: () => void }) {
  const [before, setBefore] = useState(connector)
  const [form, setForm] = useState(() => formOf(connector))
  const [problems, setProblems] = useState<FormProblems>({})
  const canOperate = useCanOperate() && connector.declared_at === null
  const change = useChangeConnector(before)
  const patch = planPatch(formOf(before), form)
  const isChanged = Object.keys(patch).length > 0
  const isReadAnew = connector.etag !== before.etag
  const isBehind = isReadAnew && Object.keys(planPatch(formOf(before), formOf(connector))).length > 0
  const take = (next: Connector) => {
    setBefore(next)
    setForm(formOf(next))
    change.reset()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const found = findProblems(form)
    setProblems(found)
    if (Object.keys(found).length > 0 || !isChanged) return
    change.mutate(patch, {
      onSuccess: next => {
        take(next)
        onSaved()
      },
    })
  }
  const isLost = change.error && problemOf(change.error).status === 412
  return (
    <form className="connector-form" onSubmit={submit} aria-label="Settings">
      <ConnectorFields form={form} onChange={setForm} problems={problems} isNew={false} isReadOnly={!canOperate} />
      {change.error && !isLost && <ErrorNote what="Nothing was changed" error={change.error} />}
      {(isBehind || isLost) && (
        <p className="warn" role="alert">
          Somebody else has changed these settings meanwhile.{' '}
          <button type="button" className="link" disabled={!isReadAnew} onClick={() => take(connector)}>
            Show theirs
          </button>
        </p>
      )}
      {canOperate && (
        <div className="actions">
          <button type="submit" className="primary" disabled={!isChanged || change.isPending}>
            Save
          </button>
          {isChanged && (
            <button type="button" onClick={() => take(connector)}>
              Undo changes
            </button>
          )}
        </div>
      )}
    </form>
  )
}
