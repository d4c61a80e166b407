/** Texts of answers, by what they are an answer to and the version of the lake they were made from. */
export interface AnswerCache {
  /** The text that is kept under the name, or the one that is made now; of several who ask at once one makes it. */
  get(name: string, make: () => Promise<string>): Promise<string>
}

/** @param mostCharacters of all that it keeps; those go first that were asked for the longest ago */
export function openAnswerCache(mostCharacters: number): AnswerCache {
  const kept = new Map<string, string>() // in the order they were asked for
  const making = new Map<string, Promise<string>>()
  let characters = 0

  const keep = (name: string, text: string): void => {
    kept.set(name, text)
    characters += name.length + text.length
    for (const [oldest, other] of kept) {
      if (characters <= mostCharacters) return
      kept.delete(oldest)
      characters -= oldest.length + other.length
    }
  }

  const makeNow = async (name: string, make: () => Promise<string>): Promise<string> => {
    try {
      const text = await make()
      keep(name, text)
      return text
    } finally {
      making.delete(name)
    }
  }

  return {
    async get(name, make) {
      const text = kept.get(name)
      if (text === undefined) {
        const made = making.get(name) ?? makeNow(name, make)
        if (!making.has(name) && !kept.has(name)) making.set(name, made)
        return made
      }
      kept.delete(name)
      kept.set(name, text)
      return text
    },
  }
}
