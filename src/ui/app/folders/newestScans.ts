import type { FolderPage } from '../../../api/folders.js'

type Scan = FolderPage['newer_scans'][number]

/** The scans that say what is in their folders now, newest first: not those whose whole folder was scanned again since. */
export function newestScans(scans: readonly Scan[]): Scan[] {
  const kept: Scan[] = []
  const newestFirst = [...scans].sort((a, b) => Date.parse(b.taken_at) - Date.parse(a.taken_at))
  for (const scan of newestFirst) if (!kept.some(({ folder }) => scan.folder.startsWith(folder))) kept.push(scan)
  return kept
}
