import { type ProcessCommand, type ProcessEnd, type StartedProcess, startProcess } from './startProcess.js'

/** What a daemon keeps going of a stream, in a process of its own. */
export interface StreamWork {
  readonly stream: string
  readonly what: 'ingest' | 'etl'
}

/** `ingest of coinbase` */
export const streamWorkName = ({ stream, what }: StreamWork): string => `${what} of ${stream}`

/** The process of a stream's work; how it ended, in words. */
export type StreamProcess = StartedProcess<string>

/**
 * Starts the process of a stream's work. Where it is asked to end, what it has received is made durable.
 * @param said gets each line that it writes to stderr
 */
export const startStreamProcess = (command: ProcessCommand, said: (line: string) => void): StreamProcess =>
  startProcess(command, undefined, { said, judge: describeEnd })

/** What it failed with, where it said so. */
function describeEnd(end: ProcessEnd): string {
  if (end.kind !== 'exited') return end.message
  const failure = end.told.findLast(line => line.startsWith('stocktake: '))?.slice('stocktake: '.length)
  return failure ?? `its process ended, exit code ${end.code}`
}
