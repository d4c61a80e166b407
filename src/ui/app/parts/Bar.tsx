/** A bar as long as its share of the longest; what it says stands beside it in figures. */
export function Bar({ value, most }: { value: number; most: number }) {
  const share = most > 0 ? Math.min(1, Math.max(0, value) / most) : 0
  return (
    <span className="bar" aria-hidden="true">
      <span style={{ width: `${share * 100}%` }} />
    </span>
  )
}
