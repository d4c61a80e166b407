import { compareCodePoints } from '../codePoints.js'
import type { DocumentEffects } from '../lake/documents.js'
import { inParallel } from '../lake/inParallel.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { type Dataset, type GapKind, PRIORITIES, type Priority, type TaskTemplate } from './expectations.js'
import { changeTask, MOST_GAPS, type Task, type TaskState } from './taskState.js'
import { type PlanMoment, planTask, type TaskDraft } from './taskSteps.js'
import { formatTaskId, renderCommand } from './taskTemplate.js'

/** A gap that is there, as a reconciliation tells it. */
export interface OpenGap {
  readonly gap_id: string
  readonly connector: string
  readonly dataset: string
  readonly kind: GapKind
  readonly priority: Priority
  readonly key_prefix: string
  /** Of the expected partition; empty where the gap is of the whole dataset. */
  readonly partition_values: Readonly<Record<string, string>>
}

/** A dataset whose gaps were looked for, and what mends them. */
export type TaskDataset = Pick<Dataset, 'name' | 'connector' | 'task'>

export interface TaskPlanOptions extends PlanMoment {
  /** Those that were reconciled: tasks of others stay as they are. */
  readonly datasets: readonly TaskDataset[]
}

/** What a reconciliation means for the tasks. */
export interface TaskPlan {
  readonly moment: PlanMoment
  readonly changes: readonly TaskChange[]
  /** Gaps that are in a task, by the dataset's name. */
  readonly taken: ReadonlyMap<string, number>
  /**
   * Gaps that a task could mend, but there are as many open ones as `at_most` allows, or theirs has as many gaps as one can,
   * by the dataset's name.
   */
  readonly waiting: ReadonlyMap<string, number>
}

export interface TaskChange {
  readonly task_id: string
  /** `undefined`: its gaps are gone. */
  readonly draft: TaskDraft | undefined
  readonly before: Task | undefined
  /** As it would be, unless a runner changes it first. */
  readonly after: Task
}

/**
 * Decides which tasks there are to be: groups gaps by what their dataset's template says, keeps to `at_most` open ones for each
 * dataset, and closes those whose gaps went. Touches nothing.
 *
 * @param gaps all that are open after the run, also those that it couldn't judge; the most urgent first, as new
 *   tasks are made in their order until there are enough
 * @param tasks all of the lake's, by id
 */
export async function planTasks(
  gaps: Iterable<OpenGap> | AsyncIterable<OpenGap>,
  tasks: ReadonlyMap<string, Task>,
  { datasets, runAt, quarantineAfter }: TaskPlanOptions,
): Promise<TaskPlan> {
  const queues = new Map(datasets.map(dataset => [queueId(dataset.connector, dataset.name), openQueue(dataset, tasks)]))
  for await (const gap of gaps) {
    const queue = queues.get(queueId(gap.connector, gap.dataset))
    if (queue) addGap(queue, gap, tasks)
  }
  const moment = { runAt, quarantineAfter }
  const drafts = new Map([...queues.values()].flatMap(toDrafts))
  const ids = new Set(drafts.keys())
  for (const { task_id, connector, dataset } of tasks.values())
    if (queues.has(queueId(connector, dataset))) ids.add(task_id)
  const changes = [...ids].flatMap(id => planChange(id, drafts.get(id), tasks.get(id), moment))
  const count = (of: (queue: Queue) => number) =>
    new Map([...queues.values()].map(queue => [queue.dataset.name, of(queue)]))
  return { moment, changes, taken: count(({ taken }) => taken), waiting: count(({ waiting }) => waiting) }
}

/**
 * Makes the tasks what the plan says, each against what it is by then: a runner may have taken it meanwhile.
 * @returns the tasks that this changed, as they are now
 */
export async function commitTaskPlan(
  { changes, moment }: TaskPlan,
  store: ObjectStore,
  effects: DocumentEffects,
): Promise<Task[]> {
  const changed: Task[] = []
  await inParallel(changes, COMMIT_WIDTH, async ({ task_id, draft }) => {
    const { current, isChanged } = await changeTask(store, task_id, task => planTask(task, draft, moment), effects)
    if (isChanged && current) changed.push(current)
  })
  return changed
}

const COMMIT_WIDTH = 8

const toDrafts = (queue: Queue): [string, TaskDraft][] =>
  [...queue.groups].map(([id, group]) => [id, toDraft(id, queue, group)])

/** The gaps of a dataset, on their way into tasks. */
interface Queue {
  readonly dataset: TaskDataset
  readonly groups: Map<string, Group>
  /** New tasks that there is room for: to be run, and to be refused. */
  room: number
  refusedRoom: number
  taken: number
  waiting: number
}

/** The gaps of one task. */
interface Group {
  readonly values: Readonly<Record<string, string>>
  readonly command: readonly string[]
  readonly refusal: string | null
  readonly gapIds: string[]
  readonly lastingIds: string[]
  readonly keyPrefixes: Set<string>
  priority: Priority
}

const queueId = (connector: string, dataset: string): string => JSON.stringify([connector, dataset])

/** States in which a task waits or is worked on; those that need a person take nobody's place. */
const OPEN: ReadonlySet<TaskState> = new Set(['queued', 'running', 'ran', 'failed', 'without_effect'])

function openQueue(dataset: TaskDataset, tasks: ReadonlyMap<string, Task>): Queue {
  const own = [...tasks.values()].filter(task => task.connector === dataset.connector && task.dataset === dataset.name)
  const atMost = dataset.task?.atMost ?? 0
  const room = atMost - own.filter(({ state }) => OPEN.has(state)).length
  const refusedRoom = atMost - own.filter(({ state }) => state === 'refused').length
  return { dataset, groups: new Map(), room, refusedRoom, taken: 0, waiting: 0 }
}

function addGap(queue: Queue, gap: OpenGap, tasks: ReadonlyMap<string, Task>): void {
  const template = queue.dataset.task
  if (!template?.kinds.includes(gap.kind)) return
  const absent = template.per?.find(name => !Object.hasOwn(gap.partition_values, name))
  const shared = absent === undefined ? template.per?.map(name => gap.partition_values[name] ?? '') : undefined
  const id = formatTaskId({ ...gap, of: shared ?? gap.gap_id })
  const group = queue.groups.get(id) ?? makeGroup(gap, template, absent)
  const isFull = group.gapIds.length >= MOST_GAPS
  if (isFull || (!queue.groups.has(id) && !hasRoom(queue, group, tasks.get(id)))) {
    queue.waiting++
    return
  }
  queue.groups.set(id, group)
  queue.taken++
  group.gapIds.push(gap.gap_id)
  group.keyPrefixes.add(gap.key_prefix)
  if (PRIORITIES.indexOf(gap.priority) < PRIORITIES.indexOf(group.priority)) group.priority = gap.priority
  if (gap.kind !== 'stale') group.lastingIds.push(gap.gap_id)
}

/** @param absent a name of `per` that the gap has no value for: its command can't be told apart from others */
function makeGroup({ partition_values, priority }: OpenGap, template: TaskTemplate, absent: string | undefined): Group {
  // Where gaps are grouped, only what they have in common: else the command would depend on which of them came first.
  const values = template.per && absent === undefined ? pick(partition_values, template.per) : partition_values
  const rendered = renderCommand(template, values)
  const empty = { values, gapIds: [], lastingIds: [], keyPrefixes: new Set<string>(), priority }
  if (absent !== undefined) return { ...empty, command: [], refusal: `the gap has no ${absent}` }
  if (rendered.kind === 'refused') return { ...empty, command: [], refusal: rendered.why }
  return { ...empty, command: rendered.command, refusal: null }
}

const pick = (values: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map(name => [name, values[name] ?? '']))

/** Whether the task is there already, or may be made; then its place is taken. */
function hasRoom(queue: Queue, { refusal }: Group, current: Task | undefined): boolean {
  if (current && current.state !== 'done' && current.state !== 'closed') return true
  return refusal === null ? queue.room-- > 0 : queue.refusedRoom-- > 0
}

function toDraft(task_id: string, { dataset: { name, connector, task } }: Queue, group: Group): TaskDraft {
  return {
    task_id,
    connector,
    dataset: name,
    values: group.values,
    gap_ids: group.gapIds.sort(compareCodePoints),
    key_prefixes: [...group.keyPrefixes].sort(compareCodePoints),
    priority: group.priority,
    command: group.command,
    cwd: task?.cwd ?? null,
    env_names: [...new Set([...(task?.passEnv ?? []), ...Object.keys(task?.env ?? {})])],
    refusal: group.refusal,
    lasting_ids: group.lastingIds,
  }
}

function planChange(
  task_id: string,
  draft: TaskDraft | undefined,
  before: Task | undefined,
  moment: PlanMoment,
): TaskChange[] {
  const after = planTask(before, draft, moment)
  return after ? [{ task_id, draft, before, after }] : []
}
