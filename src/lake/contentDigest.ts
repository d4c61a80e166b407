import { createHash } from 'node:crypto'
import { PART_BYTES } from './s3Upload.js'

/** What the bytes of an object are known by: those of two with the same digest are the same. */
export interface ContentDigest {
  readonly sizeBytes: number
  /** In hex digits: S3's ETag of what was put in one piece, unless it is encrypted by a key of KMS. */
  readonly md5: string
  /** S3's ETag of what Stocktake put in parts. */
  readonly partsETag: string
}

/** Digests bytes as they pass, without holding them. */
export class Digester {
  readonly #whole = createHash('md5')
  readonly #parts = createHash('md5')
  #part = createHash('md5')
  #partCount = 0
  #partBytes = 0
  #bytes = 0

  update(chunk: Uint8Array): void {
    this.#whole.update(chunk)
    this.#bytes += chunk.length
    for (let at = 0; at < chunk.length; ) {
      const end = Math.min(chunk.length, at + PART_BYTES - this.#partBytes)
      this.#part.update(chunk.subarray(at, end))
      this.#partBytes += end - at
      at = end
      if (this.#partBytes === PART_BYTES) this.#endPart()
    }
  }

  digest(): ContentDigest {
    if (this.#partBytes > 0) this.#endPart()
    const partsETag = `${this.#parts.digest('hex')}-${this.#partCount}`
    return { sizeBytes: this.#bytes, md5: this.#whole.digest('hex'), partsETag }
  }

  #endPart(): void {
    this.#parts.update(this.#part.digest())
    this.#part = createHash('md5')
    this.#partCount++
    this.#partBytes = 0
  }
}

export async function digestContent(chunks: AsyncIterable<Uint8Array>): Promise<ContentDigest> {
  const digester = new Digester()
  for await (const chunk of chunks) digester.update(chunk)
  return digester.digest()
}

/** Whether an ETag vouches for that content. One that doesn't says nothing: there are several ways in which S3 makes them. */
export const isVouchedFor = ({ md5, partsETag }: ContentDigest, eTag: string | undefined): boolean =>
  eTag !== undefined && (eTag === md5 || eTag === partsETag)
