import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolder } from '../../../src/packageFolder.js'

/** Where the inputs of a target are that are kept: `seed-…` of other writers, and others that once found something. */
export const keptFolder = (target: string): string => join(packageFolder(), 'test/fixtures/fuzz', target)

/** The names of a target's kept inputs, in order. */
export function listKept(target: string, kind: 'seed' | 'found'): string[] {
  const folder = keptFolder(target)
  return existsSync(folder)
    ? readdirSync(folder)
        .filter(name => name.startsWith(`${kind}-`))
        .sort()
    : []
}

/** A target's kept inputs, in the order of their names. */
export const keptInputs = (target: string, kind: 'seed' | 'found'): Buffer[] =>
  listKept(target, kind).map(name => readFileSync(join(keptFolder(target), name)))
