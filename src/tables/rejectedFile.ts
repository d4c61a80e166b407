import type { Engine, Row } from '../engine/engine.js'
import { type OutputFile, writeOutputFile, writeTextFile } from '../output/outputFile.js'
import { writeText } from '../output/textWriter.js'

/** Bad rows of one file. */
export interface BadRows {
  /** What the person calls the file; left out where there is only one. */
  readonly file?: string
  /** As `CheckedRows` has it. */
  readonly bad: string
}

/**
 * Writes bad rows as JSON lines, `{"line":3,"reason":"…","row":"…"}`, with `file` first where there are several; `row` is
 * the text as it was. The file is there when it is whole.
 * @throws {UsageError} for a file that is there already
 * @throws {OutputFileError} for a full disk
 */
export async function writeRejected(inputs: readonly BadRows[], file: OutputFile, engine: Engine): Promise<void> {
  await writeOutputFile(file, path => writeTextFile(path, out => writeText(out, formatRows(inputs, engine))))
}

async function* formatRows(inputs: readonly BadRows[], engine: Engine): AsyncGenerator<string> {
  for (const { file, bad } of inputs) {
    const { rows } = await engine.query(bad)
    for await (const row of rows) yield formatRow(file, row)
  }
}

function formatRow(file: string | undefined, { line, reason, row }: Row): string {
  return `${JSON.stringify({ ...(file !== undefined && { file }), line: Number(line), reason, row })}\n`
}
