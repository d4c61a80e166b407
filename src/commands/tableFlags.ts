import type { Options } from 'yargs'

/** Of every command about declared tables. */
export const stageOption = {
  stage: { type: 'string', describe: 'what {stage} in the files stands for (default: tables.stage)' },
} as const satisfies Record<string, Options>
