import type { CSSProperties } from 'react'

const INDENT_PX = 18

/** Rows of deeper levels say how deep: there may be no room for steps that small. */
export const MOST_INDENTED = 8

/** How far a row of the tree is moved in; the style sheet leaves room for its name. @param steps none for less than one */
export const indentBy = (steps: number): CSSProperties =>
  ({ '--indent': `${Math.max(0, steps) * INDENT_PX}px` }) as CSSProperties
