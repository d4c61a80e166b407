import { useEffect, useEffectEvent, useState } from 'react'
import type { Job } from '../../../api/jobs.js'
import { escapeControls } from '../../../output/terminal.js'
import { useCanOperate } from '../hooks/useSession.js'
import { ErrorNote, Loading } from '../parts/states.js'
import { formatView, type PageProps, withParams } from '../view.js'
import { CheckListView } from './CheckListView.js'
import { EditConnector } from './EditConnector.js'
import { ImportStatus } from './ImportStatus.js'
import { RemoveConnector } from './RemoveConnector.js'
import { ScanDialog } from './ScanDialog.js'
import { useConnector, useImport, useTestConnector } from './useConnectors.js'

/** One connector: import it now, test it, change it. */
export function ConnectorView({ name, view, onView }: PageProps & { name: string }) {
  const found = useConnector(name)
  const canOperate = useCanOperate()
  const test = useTestConnector(name)
  const importNow = useImport(name)
  const [dialog, setDialog] = useState<'scan' | 'remove'>()
  const [order, setOrder] = useState<Job>()

  const closeDialog = () => setDialog(undefined)

  // Who has just saved a new one wants to know whether it works.
  const isToTest = view.params.test === 'now'
  const testOnce = useEffectEvent(() => {
    onView(withParams(view, { test: undefined }), 'replace')
    test.mutate()
  })
  useEffect(() => {
    if (isToTest) testOnce()
  }, [isToTest])

  if (found.isPending) return <Loading what="the connector" />
  if (found.error && !found.data)
    return (
      <ErrorNote
        what="The connector can't be read"
        error={found.error}
        retry={() => found.refetch()}
        others={{ href: '/connectors', text: 'All connectors' }}
      />
    )
  const connector = found.data
  const readsReports = connector.scan_mode === 'aws_inventory'
  const error = importNow.error ?? test.error
  return (
    <>
      <p className="small">
        <a href={formatView({ page: 'connectors', params: {} })}>Connectors</a>
      </p>
      <div className="page-head">
        <h1>{connector.name}</h1>
        <span className="soft">{escapeControls(connector.source_bucket)}</span>
        <div className="actions">
          <button type="button" disabled={!canOperate || test.isPending} onClick={() => test.mutate()}>
            {test.isPending ? 'Testing …' : 'Test'}
          </button>
          <button type="button" disabled={!canOperate} onClick={() => setDialog('scan')}>
            List the bucket …
          </button>
          {readsReports && (
            <button
              type="button"
              className="primary"
              disabled={!canOperate || importNow.isPending}
              onClick={() => importNow.mutate(undefined, { onSuccess: setOrder })}
            >
              Import now
            </button>
          )}
        </div>
      </div>
      {!canOperate && <p className="soft small">Your token may only read.</p>}
      {error && <ErrorNote error={error} />}
      <ImportStatus name={connector.name} order={order} connector={connector} />
      {test.data && (
        <section className="page-section">
          <h2>Test</h2>
          <CheckListView checks={test.data.checks} />
        </section>
      )}
      <section className="page-section">
        <h2>Settings</h2>
        {connector.declared_at !== null && (
          <p className="soft">
            Declared at <code>{escapeControls(connector.declared_at)}</code>, which alone can change them.
          </p>
        )}
        <EditConnector connector={connector} onSaved={() => test.mutate()} />
      </section>
      {connector.declared_at === null && canOperate && (
        <section className="page-section">
          <button type="button" className="danger" onClick={() => setDialog('remove')}>
            Remove this connector …
          </button>
        </section>
      )}
      <ScanDialog connector={connector} isOpen={dialog === 'scan'} onClose={closeDialog} onOrdered={setOrder} />
      <RemoveConnector connector={connector} isOpen={dialog === 'remove'} onClose={closeDialog} onView={onView} />
    </>
  )
}
