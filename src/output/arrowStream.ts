import {
  AsyncByteQueue,
  type DataType,
  Field,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Schema,
  Struct,
} from 'apache-arrow'
import { type ArrowValue, arrowData } from './arrowColumn.js'

export interface ArrowField {
  readonly name: string
  readonly type: DataType
}

/** Rows in batches of columns: every batch has the values of each field, all of one length. */
export interface ArrowTable {
  readonly fields: readonly ArrowField[]
  /** To be read once. */
  readonly batches: AsyncIterable<readonly (readonly ArrowValue[])[]>
}

/** A stream, for pipes; or a file, which readers can look into without reading all of it. */
export type ArrowForm = 'stream' | 'file'

/**
 * The table in Arrow's IPC format (https://arrow.apache.org/docs/format/Columnar.html), a record batch for each batch as it
 * comes; nothing but one is held. A table without rows has its schema.
 * @throws {ArrowValueError}
 */
export async function* arrowBytes({ fields, batches }: ArrowTable, form: ArrowForm): AsyncGenerator<Uint8Array> {
  const schema = new Schema(fields.map(({ name, type }) => new Field(name, type, true)))
  const type = new Struct(schema.fields)
  const written = new WrittenBytes()
  const writer = form === 'file' ? new RecordBatchFileWriter() : new RecordBatchStreamWriter()
  const iterator = batches[Symbol.asyncIterator]()
  try {
    writer.reset(written, schema)
    yield* written.take()
    for (let batch = await iterator.next(); !batch.done; batch = await iterator.next()) {
      const length = batch.value[0]?.length ?? 0
      if (length === 0) continue
      const children = fields.map(({ type }, i) => arrowData(type, batch.value[i] ?? []))
      writer.write(new RecordBatch(schema, makeData({ type, length, nullCount: 0, children })))
      yield* written.take()
    }
    writer.finish()
    yield* written.take()
  } finally {
    await iterator.return?.() // also where nobody read on before the first batch
  }
}

/** What the writer has made and nobody has taken yet; the queue of Arrow's own would hold it for a reader of its own. */
class WrittenBytes extends AsyncByteQueue<Uint8Array> {
  #pieces: Uint8Array[] = []

  override write(piece: Uint8Array): void {
    this.#pieces.push(piece)
  }

  take(): Uint8Array[] {
    const pieces = this.#pieces
    this.#pieces = []
    return pieces.length === 0 ? [] : [Buffer.concat(pieces)]
  }
}
