/** What rows can be written as. */
export const FORMATS = ['table', 'json', 'jsonl', 'csv', 'markdown', 'arrow'] as const

export type Format = (typeof FORMATS)[number]
