import { QueryClientProvider } from '@tanstack/react-query'
import { type ComponentType, lazy, Suspense, useEffect, useState } from 'react'
import { useInnerLinks } from './hooks/useInnerLinks.js'
import { useJobEvents } from './hooks/useJobEvents.js'
import { usePageKeys } from './hooks/usePageKeys.js'
import { useSession } from './hooks/useSession.js'
import { useView } from './hooks/useView.js'
import { ErrorNote, Loading } from './parts/states.js'
import { createQueryClient } from './queryClient.js'
import { ErrorBoundary } from './shell/ErrorBoundary.js'
import { Header } from './shell/Header.js'
import { Help } from './shell/Help.js'
import { Login } from './shell/Login.js'
import { Nav, PAGE_TITLES } from './shell/Nav.js'
import type { PageProps, View } from './view.js'

const page = (load: () => Promise<{ default: ComponentType<PageProps> }>) => ({ load, Page: lazy(load) })

const PAGES = {
  overview: page(() => import('./pages/OverviewPage.js')),
  folders: page(() => import('./pages/FoldersPage.js')),
  changes: page(() => import('./pages/ChangesPage.js')),
  gaps: page(() => import('./pages/GapsPage.js')),
  collections: page(() => import('./pages/CollectionsPage.js')),
  connectors: page(() => import('./pages/ConnectorsPage.js')),
  jobs: page(() => import('./pages/JobsPage.js')),
  reports: page(() => import('./pages/ReportsPage.js')),
  sql: page(() => import('./pages/SqlPage.js')),
  absent: page(() => import('./pages/AbsentPage.js')),
}

export function App() {
  const [client] = useState(createQueryClient)
  return (
    <QueryClientProvider client={client}>
      <Shell />
    </QueryClientProvider>
  )
}

/** Whoever may read sees the page that the URL says; others are asked for a token first. */
function Shell() {
  const { view, onView } = useView()
  const [isHelpOpen, setHelpOpen] = useState(false)
  const session = useSession()
  useState(() => PAGES[view.page].load().catch(() => {})) // comes while the session is asked for
  const canRead = !!session.data?.role
  useInnerLinks(onView)
  useJobEvents(canRead)
  usePageKeys({ view, onView }, () => setHelpOpen(true))
  useTitle(view)

  if (session.isPending) return <Loading what="Stocktake" />
  // A server that is away for a while takes away neither the page nor what was typed into it.
  if (session.error && !session.data) return <ErrorNote error={session.error} retry={() => session.refetch()} />
  if (!canRead) return <Login />
  const { Page } = PAGES[view.page]
  return (
    <div className="shell">
      <a className="skip" href="#main">
        To the content
      </a>
      <Header view={view} onView={onView} onHelp={() => setHelpOpen(true)} />
      <Nav view={view} />
      <main id="main" tabIndex={-1}>
        <ErrorBoundary key={view.page}>
          <Suspense fallback={<Frame view={view} />}>
            <Page view={view} onView={onView} />
          </Suspense>
        </ErrorBoundary>
      </main>
      <Help isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
    </div>
  )
}

/** A page until its program is there; those that are about one thing have its name for a title, which isn't known yet. */
function Frame({ view: { page, name } }: { view: View }) {
  return (
    <>
      {name === undefined && page !== 'overview' && <h1>{PAGE_TITLES[page]}</h1>}
      <Loading what={PAGE_TITLES[page].toLowerCase()} />
    </>
  )
}

/** The tab's title; another page is read from its top, and the keyboard goes on in it. */
function useTitle({ page, name, params }: View): void {
  const title = [page === 'absent' ? undefined : (name ?? params.connector), PAGE_TITLES[page], 'Stocktake']
    .filter(part => part)
    .join(' · ')
  useEffect(() => {
    document.title = title
  }, [title])
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the change that matters
  useEffect(() => {
    scrollTo(0, 0) // newer browsers give a promise, which is no clean-up
    const main = document.getElementById('main')
    if (document.activeElement === document.body) main?.focus({ preventScroll: true })
  }, [page, name])
}
