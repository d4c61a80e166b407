import type { DocumentFormatError } from '../lake/documentFormat.js'
import { changeDocument, type DocumentPlace, loadDocument, loadDocuments } from '../lake/documents.js'
import { loadReadable } from '../lake/lake.js'
import { LEASE_TIMES } from '../lake/lease.js'
import type { ObjectStore } from '../lake/objectStore.js'
import { BY_SCHEDULE, CHAINS_FOLDER, type Chain, type ChainSpec, chainSchema } from './chain.js'
import type { Job } from './job.js'
import { cancelJob, enqueueJob, findJob, makeJobId, type QueueEffects } from './jobQueue.js'
import { planNext, settleChain, specified } from './planNext.js'

/**
 * Makes the lake's chains those that are wanted: notes links that ended, makes the next ones, and takes back those of chains
 * that are wanted no more. Any process may call it at any time, and be killed in it: each step says in the chain's document
 * what is to be done before it does it, and does nothing that is done.
 * What fails about one chain keeps none of the others from it.
 * @param wanted those that aren't among them are ended
 * @param failed is told of each that fails; without it, the first is thrown when the others are done
 * @returns all chains as they are, by name, but for those that failed
 * @throws {DocumentFormatError} for a chain, or its job, that can't be read
 * @throws {DocumentConflictError} where others change a chain again and again
 */
export async function syncChains(
  wanted: readonly ChainSpec[],
  effects: QueueEffects,
  failed?: (error: unknown) => void,
): Promise<Chain[]> {
  const failures: unknown[] = []
  const fail = (error: unknown): void => void failures.push(error)
  const names = new Set(wanted.map(({ name }) => name))
  const others = (await listChains(effects.store, fail)).filter(({ name }) => !names.has(name))
  const chains: Chain[] = []
  for (const spec of [...wanted, ...others.map(endOf)]) {
    const chain = await syncChain(spec, effects).catch(fail)
    effects.signal.throwIfAborted()
    if (chain) chains.push(chain)
  }
  if (failed) failures.forEach(failed)
  else if (failures.length > 0) throw failures[0]
  return chains.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** {@link syncChains} for one. @returns it as it is; nothing where there is none, and none is wanted */
export async function syncChain(spec: ChainSpec, effects: QueueEffects): Promise<Chain | undefined> {
  for (let round = 1; ; round++) {
    const { chain, isPending } = await changeChain(spec, effects)
    if (isPending && round < MOST_ROUNDS) await takeBack(chain, effects)
    else {
      if (chain?.job_id) await findOrMakeJob(chain, effects)
      return chain
    }
  }
}

/** A link is taken back once, and the next one isn't; others may do the same meanwhile. */
const MOST_ROUNDS = 5

/**
 * All chains of a lake, by name.
 * @param unreadable is told of those that can't be read; without it, that is thrown
 * @throws {DocumentFormatError}
 */
export async function listChains(
  store: ObjectStore,
  unreadable?: (error: DocumentFormatError) => void,
): Promise<Chain[]> {
  const place = { store, folder: CHAINS_FOLDER, schema: chainSchema }
  const chains: Chain[] = []
  for await (const { value } of unreadable ? loadReadable(place, unreadable) : loadDocuments(place)) chains.push(value)
  return chains
}

/** @returns the chain; nothing where there is none. @throws {DocumentFormatError} */
export const findChain = (store: ObjectStore, name: string): Promise<Chain | undefined> =>
  loadDocument(placeOf(store, name))

const placeOf = (store: ObjectStore, name: string): DocumentPlace<Chain> => ({
  store,
  folder: `${CHAINS_FOLDER}/${name}`,
  schema: chainSchema,
  keptMs: LEASE_TIMES.heldMs,
})

/** What a chain becomes when nobody wants it. */
const endOf = ({ name, type, connector, params, schedule }: Chain): ChainSpec => ({
  ...{ name, type, connector, params, schedule },
  isEnabled: false,
})

/** Takes the next step in the chain's document. @returns the chain, and whether its job is first to be taken back */
async function changeChain(
  spec: ChainSpec,
  effects: QueueEffects,
): Promise<{ chain: Chain | undefined; isPending: boolean }> {
  let isPending = false
  const plan = async (chain: Chain | undefined): Promise<Chain | undefined> => {
    const job = chain?.job_id ? await findJob(effects.store, chain.job_id) : undefined
    const now = effects.now()
    const decision = planNext(chain, spec, job, now)
    isPending = decision.kind === 'cancel'
    if (decision.kind === 'keep' || decision.kind === 'cancel') return undefined
    const settled = { ...(chain && job ? settleChain(chain, job, now) : (chain ?? newChain(spec))), ...specified(spec) }
    if (decision.kind === 'next')
      return { ...settled, link: settled.link + 1, job_id: newJobId(effects), due: decision.due }
    return decision.kind === 'stop' ? { ...settled, job_id: null, due: null } : settled
  }
  const { current: chain } = await changeDocument(placeOf(effects.store, spec.name), plan, effects)
  return { chain, isPending }
}

const newChain = (spec: ChainSpec): Chain => ({
  ...{ name: spec.name, ...specified(spec) },
  ...{ link: 0, job_id: null, due: null, last: null, last_success_at: null },
  ...{ failures: 0, failing_since: null, reports: [] },
})

const newJobId = ({ now, random }: QueueEffects): string =>
  makeJobId(
    now(),
    Uint8Array.from({ length: 10 }, () => Math.floor(random() * 256)),
  )

/** Cancels a link's job, made or not: one that is only absent could still be made by somebody slow. */
async function takeBack(chain: Chain | undefined, effects: QueueEffects): Promise<void> {
  if (!chain?.job_id) return
  const job = await findOrMakeJob(chain, effects)
  if (job?.state === 'queued' || job?.state === 'scheduled') await cancelJob(job.job_id, BY_SCHEDULE, effects)
}

async function findOrMakeJob(chain: Chain, effects: QueueEffects): Promise<Job | undefined> {
  const { name, job_id, link, type, connector, params, due } = chain
  if (job_id === null || due === null) return undefined
  const order = { job_id, type, connector, params, due, created_by: BY_SCHEDULE, chain: { name, link } }
  return (await findJob(effects.store, job_id)) ?? (await enqueueJob(order, effects))
}
