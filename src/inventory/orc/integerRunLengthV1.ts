import { addSteps, type Int64s, unzigzag } from './int64s.js'
import type { OrcStream } from './orcStream.js'
import { MAX_VARINT_BYTES, readVarint } from './varint.js'

/** The most values, and the most bytes, that one run has. */
export const MAX_RUN_V1 = 130
export const MAX_RUN_BYTES_V1 = 1 + 128 * MAX_VARINT_BYTES

/**
 * Decodes one run of ORC v1, "Integer Run Length Encoding, version 1", into the start of `run`.
 * @returns how many values it has
 * @throws {OrcError} if the stream ends within it
 */
export function decodeRunV1(stream: OrcStream, isSigned: boolean, run: Int64s): number {
  const header = stream.readByte()
  return header < 0x80 ? decodeSteps(stream, header + 3, isSigned, run) : decodeLiterals(stream, header, isSigned, run)
}

function decodeSteps(stream: OrcStream, count: number, isSigned: boolean, run: Int64s): number {
  const step = (stream.readByte() << 24) >> 24
  readVarint(stream, run, 0)
  if (isSigned) unzigzag(run, 0, 1)
  addSteps(run, 1, count, step, step >> 31)
  return count
}

function decodeLiterals(stream: OrcStream, header: number, isSigned: boolean, run: Int64s): number {
  const count = 256 - header
  for (let i = 0; i < count; i++) readVarint(stream, run, i)
  if (isSigned) unzigzag(run, 0, count)
  return count
}
