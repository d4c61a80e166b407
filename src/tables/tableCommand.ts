import { shellLine } from '../setup/shellText.js'
import type { DeclaredTable } from './tableSpec.js'

/** Which table a command is about. */
export type CommandTarget = Pick<DeclaredTable, 'name' | 'stage'>

/**
 * A command about a declared table as a person can type it, with the stage where another one would be taken without it:
 * `stocktake tables rollback sales_history --to previous --stage prod`.
 * @param words what comes after the table's name; a word in capitals stands for what the person puts there
 */
export const tableCommand = ({ name, stage }: CommandTarget, verb: string, ...words: readonly string[]): string =>
  shellLine(['stocktake', 'tables', verb, name, ...words, ...(stage === undefined ? [] : ['--stage', stage])])
