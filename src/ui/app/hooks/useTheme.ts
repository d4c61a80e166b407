import { useState } from 'react'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEY = 'stocktake.theme'

/** The theme that this browser was told to use; the system's unless it was. */
export function readTheme(): Theme {
  const kept = keptTheme()
  return THEMES.find(theme => theme === kept) ?? 'system'
}

/** Shows the page in a theme. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

export function useTheme(): { theme: Theme; nextTheme: () => void } {
  const [theme, setTheme] = useState(readTheme)
  const nextTheme = () => {
    const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system'
    keepTheme(next)
    applyTheme(next)
    setTheme(next)
  }
  return { theme, nextTheme }
}

// A browser that keeps nothing for pages throws.
function keptTheme(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}
function keepTheme(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme)
  } catch {}
}
