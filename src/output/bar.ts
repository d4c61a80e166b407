/**
 * A bar of blocks for a share of the whole.
 * @param share 0 to 1; what is above or below is cut
 * @param width of the whole, in columns
 * @param rest what stands for the part that is missing; nothing unless given
 */
export function formatBar(share: number, width: number, rest = ''): string {
  const filled = Math.round(Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)) * width)
  return '█'.repeat(filled) + rest.repeat(width - filled)
}
