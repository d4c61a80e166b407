import { QueryClientProvider } from '@tanstack/react-query'
import { type ComponentType, useEffect, useState } from 'react'
import { useInnerLinks } from './hooks/useInnerLinks.js'
import { useJobEvents } from './hooks/useJobEvents.js'
import { useLoaded } from './hooks/useLoaded.js'
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
import type { PageName, PageProps, View } from './view.js'

/** The program of each page comes when it is first shown. */
const PAGES: Readonly<Record<PageName, () => Promise<{ default: ComponentType<PageProps> }>>> = {
  overview: () => import('./pages/OverviewPage.js'),
  folders: () => import('./pages/FoldersPage.js'),
  changes: () => import('./pages/ChangesPage.js'),
  gaps: () => import('./pages/GapsPage.js'),
  collections: () => import('./pages/CollectionsPage.js'),
  connectors: () => import('./pages/ConnectorsPage.js'),
  jobs: () => import('./pages/JobsPage.js'),
  reports: () => import('./pages/ReportsPage.js'),
  sql: () => import('./pages/SqlPage.js'),
  streams: () => import('./pages/StreamsPage.js'),
  absent: () => import('./pages/AbsentPage.js'),
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
  const program = useLoaded(view.page, PAGES[view.page]) // comes while the session is asked for
  const canRead = !!session.data?.role
  useInnerLinks(onView)
  useJobEvents(canRead)
  usePageKeys({ view, onView }, () => setHelpOpen(true))
  useTitle(view)

  if (session.isPending) return <Loading what="Stocktake" />
  // A server that is away for a while takes away neither the page nor what was typed into it.
  if (session.error && !session.data) return <ErrorNote error={session.error} retry={() => session.refetch()} />
  if (!canRead) return <Login />
  const Page = program.data?.default
  return (
    <div className="shell">
      <a className="skip" href="#main">
        To the content
      </a>
      <Header view={view} onView={onView} onHelp={() => setHelpOpen(true)} />
      <Nav view={view} />
      <main id="main" tabIndex={-1}>
        <ErrorBoundary key={view.page}>
          {Page ? <Page view={view} onView={onView} /> : <Frame view={view} error={program.error} />}
        </ErrorBoundary>
      </main>
      <Help isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
    </div>
  )
}

/**
 * A page until its program is there; those that are about one thing have its name for a title, which isn't known yet.
 * @throws what kept the program from coming
 */
function Frame({ view: { page, name }, error }: { view: View; error: unknown }) {
  if (error !== undefined) throw error
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
