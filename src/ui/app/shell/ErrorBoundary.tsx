import { Component, type ReactNode } from 'react'
import { ErrorNote } from '../parts/states.js'

interface Props {
  readonly children: ReactNode
}

/** Keeps a fault of one page to that page; a part of it that couldn't be loaded, too. */
export class ErrorBoundary extends Component<Props, { error: unknown }> {
  override state: { error: unknown } = { error: undefined }

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === undefined) return this.props.children
    return <ErrorNote what="This page can't be shown" error={error} retry={() => location.reload()} />
  }
}
