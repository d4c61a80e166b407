import { useState } from 'react'
import { openAlso, pathTo } from './openFolders.js'

export interface OpenFolders {
  /** Paths, the root among them. */
  readonly opened: readonly string[]
  readonly onOpen: (path: string, isOpen: boolean) => void
}

/** Which folders of a tree are open: those that lead to the one the page is about, and what a person opens beside. */
export function useOpenFolders(path: string): OpenFolders {
  const [state, setState] = useState({ path, opened: pathTo(path) })
  const [opened, setOpened] = [
    state.path === path ? state.opened : openAlso(state.opened, path),
    (next: string[]) => setState({ path, opened: next }),
  ]
  if (state.path !== path) setState({ path, opened })
  return {
    opened,
    onOpen: (each, isOpen) => setOpened(isOpen ? openAlso(opened, each) : opened.filter(other => other !== each)),
  }
}
