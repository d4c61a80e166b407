/** What every error says: about what, what was expected, what was found, and what mends it. */
export interface ErrorFacts {
  /** What the error is about, as its owner would name it: a URL, a file with its line, an option. */
  subject: string
  /** What would have been right. */
  expected?: string
  /** What was there instead. */
  got?: string
  /** What to do about it. */
  fix?: string
  cause?: unknown
}

/** The exit codes of the command line, by name. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  refused: 4,
  findings: 5,
  interrupted: 130,
} as const

/** The root of what Stocktake throws on purpose. Its message is for people; scripts go by `exitCode` and the class. */
export class StocktakeError extends Error {
  readonly exitCode: number = EXIT.failed
  readonly facts: ErrorFacts

  constructor(facts: ErrorFacts) {
    super(formatErrorFacts(facts), facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = new.target.name
    this.facts = facts
  }
}

/** `subject: expected E, got G; fix` with the parts that are there. */
export function formatErrorFacts({ subject, expected, got, fix }: ErrorFacts): string {
  const found =
    expected === undefined ? got : got === undefined ? `expected ${expected}` : `expected ${expected}, got ${got}`
  return [found === undefined ? subject : `${subject}: ${found}`, fix].filter(part => part !== undefined).join('; ')
}

/** A command, option or configuration that can't be understood. */
export class UsageError extends StocktakeError {
  override readonly exitCode = EXIT.usage
}

/** What was asked for isn't there: a report, a snapshot, a connector, a lake. */
export class NotFoundError extends StocktakeError {
  override readonly exitCode = EXIT.notFound
}

/** What is there now stands against it: a name that is taken, a change that somebody else made first. Nothing was changed. */
export class ConflictError extends StocktakeError {}

/** A report that can't be trusted. The lake is as it was. */
export class ReportRefusedError extends StocktakeError {
  override readonly exitCode = EXIT.refused
}

/** What was asked for was done, and there is more to find than the person allows with --fail-on. */
export class FindingsError extends StocktakeError {
  override readonly exitCode = EXIT.findings
}

/** Stopped by a signal or a caller; what was finished stays. */
export class InterruptedError extends StocktakeError {
  override readonly exitCode = EXIT.interrupted
}

/** What the file system refuses: a full disk, a folder that may not be written to. */
export class FileSystemError extends StocktakeError {}

/** What was expected where the system answers so, and what mends it. */
const REFUSALS: Readonly<Record<string, Pick<ErrorFacts, 'expected' | 'fix'>>> = {
  ENOSPC: { expected: 'room on the disk', fix: 'make some, and run it again' },
  EDQUOT: { expected: 'room within the quota', fix: 'make some, and run it again' },
  ENAMETOOLONG: { expected: 'names of 255 bytes at most, and 4,095 with all folders', fix: 'take a shorter one' },
  ENOTDIR: { expected: 'folders on the way to it', fix: 'take another place: one of them is a file' },
  EROFS: { expected: 'a file system that can be written to', fix: 'mount it so, or take another folder' },
  EACCES: { expected: 'the right to it', fix: 'give it to the user who runs this' },
  EPERM: { expected: 'the right to it', fix: 'give it to the user who runs this' },
}

/** Node's answer where folders are to be made in a file system that is read-only. */
const UNMAKEABLE = {
  expected: 'a folder that can be made',
  fix: 'see whether its file system is mounted read-only, or take another place',
}

/**
 * What Node throws where the file system refuses, as an error for people; any other error as it is.
 * @param path what it is about, where the error itself doesn't say so, as of a write to a file that is open
 */
export function toFileSystemError(error: unknown, path?: string): unknown {
  if (!(error instanceof Error) || error instanceof StocktakeError || !('code' in error)) return error
  const { code, syscall } = error as NodeJS.ErrnoException
  const refusal = code === 'ENOENT' && syscall === 'mkdir' ? UNMAKEABLE : REFUSALS[String(code)]
  const subject = path ?? ('path' in error && typeof error.path === 'string' ? error.path : undefined)
  if (!refusal || syscall === undefined || subject === undefined) return error
  // Node's own message goes on with its call: `ENOSPC: no space left on device, write`.
  return new FileSystemError({ subject, ...refusal, got: error.message.replace(/, .*$/s, ''), cause: error })
}
