import type { Row } from '../engine/engine.js'
import { ReportRefusedError } from '../errors.js'
import { REFUSED_FIX } from '../inventory/loadManifest.js'

/**
 * Takes what the check `fail_key_current_twice` has found.
 * @param found its first row; none is well
 * @param subject the report's manifest
 * @throws {ReportRefusedError} naming the key
 */
export function requireCurrentOnce(found: Row | undefined, subject: string): void {
  if (!found) return
  throw new ReportRefusedError({
    subject,
    expected: 'each key current once',
    got: `${found.times} current versions of key ${JSON.stringify(found.key)}`,
    fix: REFUSED_FIX,
  })
}
