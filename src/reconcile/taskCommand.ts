import { resolve } from 'node:path'
import type { TaskTemplate } from './expectations.js'
import type { TaskDataset } from './planTasks.js'
import type { Task } from './taskState.js'
import { renderCommand } from './taskTemplate.js'

/** What a task runs as here and now, or why it can't, in words. */
export type PreparedCommand =
  | {
      readonly kind: 'command'
      readonly command: readonly [string, ...string[]]
      readonly cwd: string
      readonly env: Readonly<Record<string, string>>
      readonly timeoutMs: number
      readonly retries: number
    }
  | { readonly kind: 'left'; readonly why: string }

/**
 * The command of a task by the template that this data_inventory.yaml has for its dataset. Only values come from the lake,
 * which others may write to: what is run on this machine is what is written on it.
 */
export function prepareCommand(
  task: Task,
  { datasets, folder }: { readonly datasets: readonly TaskDataset[]; readonly folder: string },
  environment: Readonly<Record<string, string | undefined>>,
): PreparedCommand {
  const template = findTemplate(task, datasets)
  if (!template) return { kind: 'left', why: noTemplate(task) }
  const rendered = renderCommand(template, task.values)
  if (rendered.kind === 'refused') return { kind: 'left', why: rendered.why }
  const absent = template.passEnv.find(name => environment[name] === undefined)
  if (absent !== undefined) return { kind: 'left', why: `${absent} isn't set, which pass_env names` }
  return {
    kind: 'command',
    command: rendered.command,
    cwd: resolve(folder, template.cwd ?? '.'),
    env: makeEnvironment(task.task_id, template, environment),
    timeoutMs: template.timeoutMs,
    retries: template.retries,
  }
}

/** What mends a task's gaps by this data_inventory.yaml. */
export const findTemplate = (task: Task, datasets: readonly TaskDataset[]): TaskTemplate | undefined =>
  datasets.find(({ name, connector }) => name === task.dataset && connector === task.connector)?.task

/** Why a task without a template isn't run. */
export const noTemplate = ({ dataset }: Task): string => `data_inventory.yaml has no task for ${dataset}`

/** What programs need to run at all, and no secrets: passed on where it is set. */
export const ALWAYS_PASSED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR']

function makeEnvironment(
  taskId: string,
  { passEnv, env }: TaskTemplate,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const passed: Record<string, string> = {}
  for (const name of [...ALWAYS_PASSED, ...passEnv]) {
    const value = environment[name]
    if (value !== undefined) passed[name] = value
  }
  return { ...passed, ...env, STOCKTAKE_TASK_ID: taskId }
}
