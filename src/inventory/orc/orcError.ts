import { ReportRefusedError } from '../../errors.js'

/** An ORC file that can't be read: it is cut, damaged, or no ORC file. The subject is the file, then the place in it. */
export class OrcError extends ReportRefusedError {}

/** A sound ORC file that uses a part of the format outside of what this reader reads. */
export class OrcUnsupportedError extends OrcError {}

/** The error of a file that breaks the format's rules at `place`. */
export function damaged(place: string, expected: string, got: string): OrcError {
  return new OrcError({
    subject: place,
    expected,
    got,
    fix: 'the file is cut or damaged: fetch it again, or wait for the next delivery',
  })
}
