import { useTheme } from '../hooks/useTheme.js'

const SIGNS = { system: '◐', light: '○', dark: '●' } as const

/** Goes from the system's theme to the light and the dark one. */
export function ThemeButton() {
  const { theme, nextTheme } = useTheme()
  const name = theme === 'system' ? "the system's" : theme
  return (
    <button type="button" className="plain" onClick={nextTheme} aria-label={`Theme: ${name}`} title={`Theme: ${name}`}>
      <span aria-hidden="true">{SIGNS[theme]}</span>
    </button>
  )
}
