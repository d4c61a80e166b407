// Where a stream has its files in the lake. The stages are states of a segment: one that is being written, one that waits for
// an etl, and what became of it.

/** Segments that are being written: a file of a folder; on S3 a folder of chunks, by {@link chunkKey}. */
export const activeFolder = (stream: string): string => `raw/active/${stream}`

/** Finished segments, which nobody changes any more. */
export const readyFolder = (stream: string): string => `raw/ready/${stream}`

/** Lines that are no records of the stream, with the reason. */
export const rejectedFolder = (stream: string): string => `raw/rejected/${stream}`

/** The Parquet files of a channel's table. */
export const processedFolder = (stream: string, channel: string): string => `processed/${stream}/${channel}`

/** @param segment its name without `.ndjson` */
export const segmentKey = (folder: string, segment: string): string => `${folder}/${segment}.ndjson`

/** The nth chunk of a segment that is written chunk by chunk, from 1. */
export const chunkKey = (stream: string, segment: string, chunk: number): string =>
  `${segmentKey(activeFolder(stream), segment)}/${String(chunk).padStart(8, '0')}`

/** The document of who ingests a stream, and how that goes. */
export const ingestStateFolder = (stream: string): string => `state/streams/${stream}/ingest`

/** The document of who makes Parquet of a segment. */
export const claimFolder = (stream: string, segment: string): string => `state/streams/${stream}/claims/${segment}`

/** What a snapshot of a channel's table calls the segment whose rows it added. */
export const segmentBatch = (stream: string, segment: string): string => `${stream}/${segment}`
